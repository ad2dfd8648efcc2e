import { type HeaderBlock, headerBlock } from '../../base/header-block.ts'
import type { Identity } from '../../policy/identity.ts'
import type { Wire } from '../../policy/wire.ts'
import { kongRefusal } from './refusals.ts'
import { kongVersion } from './version.ts'

const NAME = `kong/${kongVersion}`

/** RFC 9110 §7.6.3: each gateway adds itself behind those before it. */
function viaLine(minor: number, before: string | null): string {
  return before === null ? `1.${minor} ${NAME}` : `${before}, 1.1 ${NAME}`
}

/** Kong on the wire: its names, its refusals, and the headers by which services hear who is calling. */
export const kongWire: Wire = {
  requestNames: ['x-kong-request-id'],
  answerNames: ['x-kong-upstream-latency', 'x-kong-proxy-latency', 'x-kong-response-latency', 'x-kong-request-id'],
  forwarded: 'all',
  signRequest: ({ id, minor, via }) => `Via: ${viaLine(minor, via)}\r\nX-Kong-Request-Id: ${id}\r\n`,
  signOwn: ({ id, gatewayMs }) =>
    `Server: ${NAME}\r\nX-Kong-Request-Id: ${id}\r\nX-Kong-Response-Latency: ${gatewayMs}\r\n`,
  signRelayed: ({ id, minor, via, server, upstreamMs, gatewayMs }) =>
    `Server: ${server ?? NAME}\r\nVia: ${viaLine(minor, via)}\r\nX-Kong-Upstream-Latency: ${upstreamMs}\r\n` +
    `X-Kong-Proxy-Latency: ${gatewayMs}\r\nX-Kong-Request-Id: ${id}\r\n`,
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
