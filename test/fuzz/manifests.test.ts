/**
 * Kubernetes objects, made and changed at random: reading one never throws, what has been read is read again as the same
 * without a word, and a text cut to pieces is still only a problem.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stringify } from 'yaml'
import { readManifestText } from '../../src/dialects/kgateway/files/read-manifests.ts'
import { kindNames } from '../../src/dialects/kgateway/resources/kinds.ts'
import { readObject } from '../../src/dialects/kgateway/resources/read-object.ts'
import { toResource } from '../../src/dialects/kgateway/resources/to-resource.ts'
import { count, seed } from './fuzz-run.ts'
import { Random } from './random.ts'
import { changeSomething, writtenObject } from './written-objects.ts'

const nothing = () => undefined

test(`${count} objects, changed at random (SALLYPORT_FUZZ_SEED=${seed})`, () => {
  const random = new Random(seed)
  let good = 0
  for (let n = 0; n < count; n++) {
    const kind = random.of(kindNames)
    const written = writtenObject(kind, random)
    if (n % 2 === 1) changeSomething(written, random)
    const before = structuredClone(written)
    const read = readObject(kind, written, nothing)
    assert.deepEqual(written, before, 'what was given was changed')
    for (const { field, message } of read.errors) assert.ok(field !== undefined && message.length > 0)
    if (read.errors.length > 0) continue
    good++
    toResource(read, { source: 'x', line: 1 }, { generation: 1, creationTimestamp: null, order: 0 })
    const { apiVersion, metadata } = before
    const again = readObject(kind, { apiVersion, kind, metadata, ...read.body }, nothing)
    assert.deepEqual(again.errors, [])
    assert.deepEqual(
      again.unknown.filter(({ field }) => !field.startsWith('metadata')),
      [],
    )
    assert.deepEqual(again.body, read.body)
  }
  assert.ok(good > count / 10, `only ${good} of ${count} were good: the run tested little`)
})

test(`${count / 10} texts, cut and mixed at random (SALLYPORT_FUZZ_SEED=${seed})`, () => {
  const random = new Random(seed)
  for (let n = 0; n < count / 10; n++) {
    const text = Array.from({ length: 1 + random.below(3) }, () =>
      stringify(writtenObject(random.of(kindNames), random)),
    )
      .join('---\n')
      .split('')
    for (let times = random.below(6); times > 0; times--) {
      text.splice(
        random.below(text.length),
        random.below(9),
        random.of(['\n', '  ', ': ', '- ', '&a ', '*a', '{', ']', '"', '---\n', '\0', '!!str ', '<<: ']),
      )
    }
    const { problems, resources } = readManifestText(text.join(''), 'x.yaml')
    for (const { line, message } of problems) assert.ok(message !== '' && (line === null || line >= 1))
    assert.ok(resources.size <= 4)
  }
})
