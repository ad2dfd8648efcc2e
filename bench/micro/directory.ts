import { randomUUID } from 'node:crypto'
import { PackedDirectory } from '../../src/directory/packed-directory.ts'

/**
 * Bytes per consumer with one JWT credential, the longest single change while a million are loaded, and what lookups cost.
 * Run: `sh tools/node.sh bench/micro/directory.ts [CONSUMERS]`
 */
const count = Number(process.argv[2] ?? 1_000_000)
const directory = new PackedDirectory({ now: () => 0 })
const microseconds = () => Number(process.hrtime.bigint()) / 1000

const memoryBefore = process.memoryUsage().rss
let longest = 0
let over1ms = 0
const start = microseconds()
for (let n = 0; n < count; n++) {
  const id = randomUUID()
  const before = microseconds()
  directory.apply({ op: 'put', kind: 'consumer', value: { id, username: `consumer-${n}`, customId: null } })
  directory.apply({
    op: 'put',
    kind: 'credential',
    value: {
      id: randomUUID(),
      kind: 'jwt_secrets',
      consumerId: id,
      key: `https://issuer.example/${n}`,
      fields: { key: `https://issuer.example/${n}`, secret: 's'.repeat(32), rsa_public_key: null, algorithm: 'HS256' },
      expiresAt: null,
    },
  })
  const took = microseconds() - before
  longest = Math.max(longest, took)
  if (took > 1000) over1ms++
}
const loading = microseconds() - start
console.log(
  `${count} consumers with a credential: ${(loading / count).toFixed(2)} us each, the longest ${(longest / 1000).toFixed(1)} ms, ${over1ms} over 1 ms`,
)
const { bytes } = directory.size()
console.log(
  `${(bytes / count).toFixed(0)} bytes each; the process grew by ${((process.memoryUsage().rss - memoryBefore) / count).toFixed(0)}`,
)

function lookups(name: string, rounds: number, look: (n: number) => unknown): void {
  for (let n = 0; n < 20_000; n++) look(n % count)
  const begun = microseconds()
  for (let n = 0; n < rounds; n++) if (look((n * 7919) % count) === null) throw new Error(`${name}: not found`)
  console.log(`${name}: ${(((microseconds() - begun) * 1000) / rounds).toFixed(0)} ns`)
}
lookups('a credential, each time another', 500_000, (n) =>
  directory.credential('jwt_secrets', `https://issuer.example/${n}`),
)
lookups('a credential, of a hundred', 500_000, (n) =>
  directory.credential('jwt_secrets', `https://issuer.example/${n % 100}`),
)
const stamp = directory.credential('jwt_secrets', 'https://issuer.example/1')!.stamp
lookups('whether a stamp is current', 5_000_000, () => directory.isCurrent(stamp))
