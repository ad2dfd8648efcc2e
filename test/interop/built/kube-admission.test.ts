/**
 * Objects made and changed at random, shown to a real API server (which keeps none of them) and to us: both take and
 * refuse the same ones, say the same of them, and make the same of those they take.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { after, before, test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { definitionOf, kindNames } from '../../../src/dialects/kgateway/resources/kinds.ts'
import { readObject } from '../../../src/dialects/kgateway/resources/read-object.ts'
import { isRecord } from '../../../src/dialects/kgateway/resources/schema/prune.ts'
import { Random } from '../../fuzz/random.ts'
import { changeSomething, writtenObject } from '../../fuzz/written-objects.ts'
import { type KubeServer, startKubeServer } from './kube-server.ts'

const count = Number(process.env['SALLYPORT_FUZZ'] ?? 3000)
const seed = Number(process.env['SALLYPORT_FUZZ_SEED'] ?? Date.now() & 0x7fffffff)
/** How many questions are on their way at once. */
const AT_ONCE = 4
/** Kinds that are defined by a schema; the core ones are checked by code of the server's own. */
const kinds = kindNames.filter((kind) => definitionOf(kind).group.startsWith('gateway.'))

let server: KubeServer
let agent: Agent
let ask: (path: string, body: object) => Promise<Answer>

before(
  async () => {
    server = await startKubeServer(console.log)
    await server.define()
    const config = JSON.parse(readFileSync(await server.kubeconfig(), 'utf8'))
    const [cluster] = config.clusters
    const [user] = config.users
    agent = new Agent({
      keepAlive: true,
      maxSockets: AT_ONCE,
      ca: readFileSync(cluster.cluster['certificate-authority']),
    })
    ask = (path, body) => asked(new URL(path, cluster.cluster.server), body, user.user.token)
  },
  { timeout: 60 * 60_000 },
)
after(async () => {
  agent?.destroy()
  await server?.remove()
})

interface Answer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
  readonly warnings: readonly string[]
}

function asked(url: URL, body: object, token: string): Promise<Answer> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  return new Promise((resolve, reject) => {
    const asking = request(url, { method: 'POST', agent, headers }, async (response) => {
      let text = ''
      for await (const chunk of response.setEncoding('utf8')) text += chunk
      const warnings = response.rawHeaders.filter((_, n, all) => n % 2 === 1 && /^warning$/i.test(all[n - 1]!))
      resolve({ status: response.statusCode!, body: JSON.parse(text), warnings })
    })
    asking.once('error', reject)
    asking.end(JSON.stringify(body))
  })
}

interface Judgement {
  readonly isTaken: boolean
  /** `spec.x: Required value`, sorted, each once. */
  readonly told: readonly string[]
  readonly unknown: readonly string[]
  readonly spec: unknown
}

const sorted = (texts: Iterable<string>): string[] => [...new Set(texts)].sort()

/** @returns null where the server did not even get as far as judging. */
function theirs({ status, body, warnings }: Answer): Judgement | null {
  if (status !== 201 && status !== 422) return null
  const isTaken = status === 201
  const details = isRecord(body.details) && Array.isArray(body.details.causes) ? body.details.causes : []
  return {
    isTaken,
    told: isTaken ? [] : sorted(details.map(({ field, message }) => `${field}: ${message}`)),
    unknown: isTaken ? sorted(warnings.flatMap(unknownFieldIn)) : [],
    spec: isTaken ? body.spec : null,
  }
}

/** Of `299 - "unknown field \"spec.x\""`. */
const unknownFieldIn = (warning: string): string[] =>
  [...warning.matchAll(/unknown field \\"(.*)\\""/g)].map(([, field]) => field!)

function ours(kind: (typeof kinds)[number], written: Readonly<Record<string, unknown>>): Judgement {
  const { errors, unknown, body } = readObject(kind, written, () => undefined)
  const isTaken = errors.length === 0
  return {
    isTaken,
    told: sorted(errors.map(({ field, message }) => `${field}: ${message}`)),
    unknown: isTaken ? sorted(unknown.map(({ field }) => field)) : [],
    spec: isTaken ? JSON.parse(JSON.stringify(body.spec)) : null,
  }
}

test(`${count} objects (SALLYPORT_FUZZ_SEED=${seed})`, { timeout: 30 * 60_000 }, async (t) => {
  const random = new Random(seed)
  const seen = { taken: 0, refused: 0 }
  let left = count
  const work = async () => {
    while (left-- > 0) {
      const kind = random.of(kinds)
      const written = writtenObject(kind, random)
      if (left % 2 === 0 && isRecord(written.spec)) changeSomething(written.spec, random)
      const { group, plural, namespaced } = definitionOf(kind)
      const version = String(written.apiVersion).split('/')[1]
      const home = namespaced ? '/namespaces/default' : ''
      const path = `/apis/${group}/${version}${home}/${plural}?dryRun=All&fieldValidation=Warn`
      const judged = theirs(await ask(path, written))
      if (judged === null) continue
      seen[judged.isTaken ? 'taken' : 'refused']++
      const mine = ours(kind, written)
      // The whole object only where it matters: it is large.
      if (!isDeepStrictEqual(mine, judged)) assert.deepEqual({ written, ...mine }, { written, ...judged })
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  t.diagnostic(`taken by both: ${seen.taken}, refused by both: ${seen.refused}`)
  assert.ok(seen.taken > count / 20 && seen.refused > count / 20, 'the run tested little')
})
