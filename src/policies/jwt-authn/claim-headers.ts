import { type HeaderBlock, headerBlock } from '../../base/header-block.ts'
import { headerValue } from '../../base/header-value.ts'
import { type JsonObject, memberAt } from '../../base/strict-json.ts'
import { structText } from '../../base/struct-json.ts'
import { type Denied, denied } from '../../policy/verdict.ts'
import { reasons } from './reasons.ts'
import type { Provider } from './schema.ts'

/**
 * Makes what writes claims into header lines. A claim that is not there, is null or is empty makes no line; two claims
 * may go into one header, each in a line of its own.
 *
 * A value with control characters in it ends the request, with what Envoy says when it finds that it can't send it.
 */
export function claimHeaders(handovers: Provider['claimsToHeaders']): (claims: JsonObject) => HeaderBlock | Denied {
  const compiled = handovers.map(({ claim, header }) => ({ path: claim.split('.'), header }))
  return function headersFrom(claims) {
    const lines: [string, string][] = []
    for (const { path, header } of compiled) {
      const text = claimText(memberAt(claims, path))
      if (text === '') continue
      if (headerValue(text) === null) {
        return denied(reasons.unsendable, { message: `invalid header value for: ${header.toLowerCase()}` })
      }
      lines.push([header, text])
    }
    return headerBlock(lines)
  }
}

function claimText(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return value
    case 'boolean':
      return String(value)
    case 'number':
      return numberText(value)
    default:
      return value === undefined || value === null ? '' : Buffer.from(structText(value)).toString('base64')
  }
}

/** Integers that fit into 64 bits without a sign as they are, all others with six decimals, as C's `%f` writes them. */
function numberText(value: number): string {
  if (value >= 0 && value < 2 ** 64 && Number.isInteger(value)) return BigInt(value).toString()
  // from here on toFixed changes to exponents; these are integers all
  if (Math.abs(value) >= 1e21) return `${BigInt(value)}.000000`
  // Halves of the last digit, which %f rounds to the even neighbour and toFixed up: these alone are multiples of 1/128.
  if (Number.isInteger(value * 128) && !Number.isInteger(value * 64)) return halfToEven(value)
  return value.toFixed(6)
}

function halfToEven(value: number): string {
  const below = (BigInt(Math.abs(value) * 128) * 15_625n) / 2n
  const millionths = below % 2n === 0n ? below : below + 1n
  const decimals = String(millionths % 1_000_000n).padStart(6, '0')
  return `${value < 0 ? '-' : ''}${millionths / 1_000_000n}.${decimals}`
}
