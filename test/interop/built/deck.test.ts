import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { parse, stringify } from 'yaml'
import { folderWith, startGateway } from '../../e2e/cli/command-line.ts'
import { deckProgram } from './deck-program.ts'
import { everything } from './deck-state.ts'

interface Outcome {
  readonly code: number
  readonly out: string
}

/** decK pointed at a gateway of its own, and a folder for its files. */
interface Deck {
  readonly admin: string
  readonly folder: string
  (...words: string[]): Promise<Outcome>
  /** Writes a state file. @returns its path. */
  file(name: string, state: object): string
  /** Dumps what is there. */
  dump(...words: string[]): Promise<Record<string, unknown>>
}

async function startDeck(t: TestContext, ...settings: string[]): Promise<Deck> {
  const program = await deckProgram(t)
  const gateway = await startGateway(t, settings)
  const admin = `http://${gateway.env.SALLYPORT_ADMIN}`
  const folder = folderWith(t, {})
  const env = { ...process.env, HOME: folder, DECK_ANALYTICS: 'off', DECK_KONG_ADDR: admin }
  const deck = (...words: string[]) =>
    new Promise<Outcome>((resolve) => {
      execFile(program, ['gateway', ...words], { env, timeout: 60_000 }, (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code ?? -1), out: stdout + stderr })
      })
    })
  const file = (name: string, state: object) => {
    writeFileSync(join(folder, name), stringify(state))
    return join(folder, name)
  }
  const dump = async (...words: string[]) => {
    const path = join(folder, 'dump.yaml')
    const { code, out } = await deck('dump', '--yes', '-o', path, ...words)
    assert.equal(code, 0, out)
    return parse(readFileSync(path, 'utf8')) as Record<string, unknown>
  }
  return Object.assign(deck, { admin, folder, file, dump })
}

function done({ code, out }: Outcome): void {
  assert.equal(code, 0, out)
}

/** What `wanted` holds and `found` does not, by path. Lists of entities are compared by what names them. */
function missing(wanted: unknown, found: unknown, path = ''): string[] {
  if (Array.isArray(wanted)) {
    if (!Array.isArray(found)) return [`${path}: no list`]
    return wanted.flatMap((each, index) => {
      const key = nameOf(each)
      const other = key === null ? found[index] : found.find((candidate) => nameOf(candidate) === key)
      return missing(each, other, `${path}[${key ?? index}]`)
    })
  }
  if (typeof wanted === 'object' && wanted !== null) {
    if (typeof found !== 'object' || found === null) return [`${path}: missing`]
    return Object.entries(wanted).flatMap(([name, value]) => {
      return missing(value, (found as Record<string, unknown>)[name], `${path}.${name}`)
    })
  }
  return wanted === found ? [] : [`${path}: ${JSON.stringify(found)} for ${JSON.stringify(wanted)}`]
}

const NAMES = ['name', 'username', 'key', 'client_id', 'group', 'target', 'prefix', 'kid', 'id']
function nameOf(entity: unknown): string | null {
  if (typeof entity !== 'object' || entity === null) return null
  const name = NAMES.find((each) => each in entity)
  return name === undefined ? null : `${name}=${String((entity as Record<string, unknown>)[name])}`
}

describe('decK', () => {
  it('keeps every entity and plugin in step', async (t) => {
    const deck = await startDeck(t, '--functions', 'on')
    const state = await everything()
    const file = deck.file('everything.yaml', state)
    done(await deck('ping'))
    done(await deck('validate', file))

    const before = await deck('diff', '--non-zero-exit-code', file)
    assert.equal(before.code, 2, before.out)
    done(await deck('sync', file))
    const after = await deck('diff', '--non-zero-exit-code', file)
    assert.equal(after.code, 0, after.out)

    const dump = await deck.dump()
    assert.deepEqual(missing(state, dump), [], 'the dump holds all that was synced')
    const kept = deck.file('kept.yaml', dump)
    done(await deck('reset', '--force'))
    assert.deepEqual(Object.keys(await deck.dump()), ['_format_version'], 'a reset leaves nothing')
    done(await deck('sync', kept))
    assert.deepEqual(await deck.dump(), dump, 'a dump that is synced gives the same dump')
    const again = await deck('diff', '--non-zero-exit-code', kept)
    assert.equal(again.code, 0, again.out)
  })

  it('looks after what carries its tags, and leaves the rest', async (t) => {
    const deck = await startDeck(t)
    const service = (name: string) => ({ services: [{ name, host: 'example.com' }] })
    const info = (...tags: string[]) => ({ _format_version: '3.0', _info: { select_tags: tags } })
    done(await deck('sync', deck.file('blue.yaml', { ...info('blue'), ...service('blue') })))
    done(await deck('sync', deck.file('red.yaml', { ...info('red', 'warm'), ...service('red') })))
    const blue = await deck.dump('--select-tag', 'blue')
    assert.deepEqual(
      (blue['services'] as { name: string }[]).map(({ name }) => name),
      ['blue'],
    )

    const changed = deck.file('none.yaml', { ...info('blue'), services: [] })
    assert.equal((await deck('diff', '--non-zero-exit-code', changed)).code, 2)
    done(await deck('sync', changed))
    const left = await deck.dump()
    assert.deepEqual(
      (left['services'] as { name: string }[]).map(({ name }) => name),
      ['red'],
    )
    done(await deck('reset', '--force', '--select-tag', 'red'))
    assert.deepEqual(Object.keys(await deck.dump()), ['_format_version'])
  })

  it('is told what is wrong, and nothing is changed', async (t) => {
    const deck = await startDeck(t)
    const bad = deck.file('bad.yaml', {
      _format_version: '3.0',
      plugins: [{ name: 'acl', config: { allow: ['a'], deny: ['b'] } }],
    })
    const sync = await deck('sync', bad)
    assert.equal(sync.code, 1)
    assert.match(sync.out, /HTTP status 400.*schema violation/)
    assert.deepEqual(Object.keys(await deck.dump()), ['_format_version'])
  })
})
