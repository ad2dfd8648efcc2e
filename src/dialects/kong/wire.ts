import { type HeaderBlock, headerBlock } from '../../base/header-block.ts'
import type { Identity } from '../../policy/identity.ts'
import type { Wire } from '../../policy/wire.ts'
import { kongRefusal } from './refusals.ts'
import { kongVersion } from './version.ts'

/** Kong on the wire: its names, its refusals, and the headers by which services hear who is calling. */
export const kongWire: Wire = {
  server: `kong/${kongVersion}`,
  via: `kong/${kongVersion}`,
  requestIdHeader: 'X-Kong-Request-Id',
  upstreamLatencyHeader: 'X-Kong-Upstream-Latency',
  proxyLatencyHeader: 'X-Kong-Proxy-Latency',
  responseLatencyHeader: 'X-Kong-Response-Latency',
  identityHeaders: [
    'x-consumer-id',
    'x-consumer-custom-id',
    'x-consumer-username',
    'x-consumer-groups',
    'x-credential-identifier',
    'x-credential-username',
    'x-anonymous-consumer',
    'x-authenticated-groups',
    'x-authenticated-scope',
    'x-authenticated-userid',
  ],
  refuse: kongRefusal,
  handOver,
}

function handOver(identity: Identity): HeaderBlock {
  const lines: [string, string][] = []
  const { consumer, credential } = identity
  if (consumer !== null) {
    lines.push(['X-Consumer-ID', consumer.id])
    if (consumer.customId !== null) lines.push(['X-Consumer-Custom-ID', consumer.customId])
    if (consumer.username !== null) lines.push(['X-Consumer-Username', consumer.username])
  }
  if (credential !== null) lines.push(['X-Credential-Identifier', credential.identifier])
  if (identity.anonymous) lines.push(['X-Anonymous-Consumer', 'true'])
  return headerBlock(lines)
}
