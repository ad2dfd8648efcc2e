/**
 * Requests, changed at random, read by us and by `node:http`: what Node refuses we refuse, what both accept means the
 * same to both, and how the bytes are cut into reads makes no difference.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rows } from '../e2e/engine/smuggling.ts'
import { count, seed } from './fuzz-run.ts'
import { mutated } from './mutations.ts'
import { readByNode } from './node-reading.ts'
import { readByUs } from './our-reading.ts'
import { Random } from './random.ts'
import { completeOnes, type Reading, type SeenMessage } from './seen-message.ts'

const good = [
  'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
  'GET /a/b?c=d&e HTTP/1.1\r\nHost: example.com:8080\r\nUser-Agent: x/1 (y; z)\r\nAccept: */*\r\nCookie: a=b; c=d\r\n\r\n',
  'POST /p HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 13\r\n\r\n{"a":"b\\r\\n"}',
  'POST /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4;x=y\r\nWiki\r\n5\r\npedia\r\n0\r\nX-Sum: 1\r\n\r\n',
  'PUT /p HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nConnection: keep-alive\r\n\r\nabcGET /n HTTP/1.1\r\nHost: a\r\n\r\n',
  'HEAD / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n',
  'GET / HTTP/1.0\r\n\r\n',
  'OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n',
  'GET http://a/x HTTP/1.1\r\nHost: a\r\n\r\n',
  'GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\r\n',
  'POST /p HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc',
]
const ambiguous = rows.map(({ bytes }) => bytes)
/** Two good ones to each that is ambiguous already. */
const corpus = [...ambiguous, ...Array.from({ length: 2 * ambiguous.length }, (_, i) => good[i % good.length]!)]
const BATCH = 200

/** The bytes as up to four reads. */
function cut(bytes: Buffer, random: Random): Buffer[] {
  const at = [0, random.below(bytes.length + 1), random.below(bytes.length + 1), random.below(bytes.length + 1)].sort(
    (a, b) => a - b,
  )
  return at.map((from, i) => bytes.subarray(from, at[i + 1] ?? bytes.length)).filter((piece) => piece.length > 0)
}

/** Behind a request that asks for another protocol node reads no further, whatever becomes of the asking. */
function untilUpgrade(messages: SeenMessage[]): SeenMessage[] {
  const at = messages.findIndex(({ headers }) => headers.some(([name]) => name.toLowerCase() === 'upgrade'))
  return at < 0 ? messages : messages.slice(0, at + 1)
}

function compare(ours: Reading, nodes: Reading): void {
  const mine = untilUpgrade(completeOnes(ours))
  const theirs = completeOnes(nodes)
  assert.ok(mine.length <= theirs.length, `we accepted ${mine.length} messages, node ${theirs.length}`)
  for (const [i, message] of mine.entries()) assert.deepEqual(message, theirs[i], `message ${i}`)
}

test(`${count} messages mean to us what they mean to node:http, seed ${seed}`, async (t) => {
  const random = new Random(seed)
  let accepted = 0
  let refused = 0
  for (let done = 0; done < count; done += BATCH) {
    const texts = Array.from({ length: Math.min(BATCH, count - done) }, () => mutated(corpus, random))
    const all = await readByNode(texts)
    for (const [i, text] of texts.entries()) {
      const bytes = Buffer.from(text, 'latin1')
      try {
        const ours = readByUs([bytes])
        // among two hundred others node may hand a message over late: it is asked again, alone, before we believe it
        const nodes =
          completeOnes(ours).length <= completeOnes(all[i]!).length ? all[i]! : (await readByNode([text]))[0]!
        compare(ours, nodes)
        const again = readByUs(cut(bytes, random))
        assert.deepEqual(completeOnes(again), completeOnes(ours), 'cut into several reads')
        assert.equal(again.refused, ours.refused, 'cut into several reads')
        if (completeOnes(ours).length > 0) accepted++
        if (ours.refused) refused++
      } catch (error) {
        t.diagnostic(`seed ${seed}, message ${done + i}: ${JSON.stringify(text)}`)
        throw error
      }
    }
  }
  t.diagnostic(`seed ${seed}: ${accepted} of ${count} had a request we accepted, ${refused} were refused`)
  assert.ok(accepted > count / 20 && refused > count / 20, 'the run tried both')
})
