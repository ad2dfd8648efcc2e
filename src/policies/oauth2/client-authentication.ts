import { wireText } from '../../base/wire-text.ts'
import type { Directory } from '../../policy/directory.ts'
import type { Exchange } from '../../policy/exchange.ts'
import { type Client, type ClientSecrets, clientWithId } from './clients.ts'
import type { Parameters } from './parameters.ts'
import { type Failure, reasons } from './reasons.ts'

/** What a client says of itself. */
interface Given {
  readonly id: string | undefined
  readonly secret: string | undefined
}

export interface GivenByClient {
  readonly isInHeader: boolean
  /** As sent, and where that says something else, as RFC 6749 §2.3.1 would have it read. */
  readonly readings: readonly Given[]
}

/** Id and secret among the parameters; else those in the header; else an id alone. */
export function givenByClient(exchange: Exchange, parameters: Parameters, header: string): GivenByClient {
  const id = parameters.text('client_id')
  const secret = parameters.text('client_secret')
  if (id !== undefined && secret !== undefined) return { isInHeader: false, readings: [{ id, secret }] }
  const value = exchange.header(header.toLowerCase())
  if (value !== undefined) return { isInHeader: true, readings: readBasic(value) }
  return { isInHeader: false, readings: [{ id, secret: undefined }] }
}

function readBasic(value: string): readonly Given[] {
  const [, encoded] = /^\s*basic\s+([A-Za-z0-9+/_-]+={0,2})\s*$/i.exec(value) ?? []
  const text = encoded === undefined ? null : wireText(Buffer.from(encoded, 'base64').toString('latin1'))
  if (text === null) return []
  const colon = text.indexOf(':')
  const raw: Given =
    colon < 0 ? { id: text, secret: undefined } : { id: text.slice(0, colon), secret: text.slice(colon + 1) }
  // The standard has both form-encoded, Kong takes them as they are, and clients do either.
  const decoded: Given = { id: formDecoded(raw.id), secret: formDecoded(raw.secret) }
  return decoded.id === raw.id && decoded.secret === raw.secret ? [raw] : [raw, decoded]
}

function formDecoded(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text
  }
}

/** The client that the first reading names; null when there is none. */
export function clientOf(directory: Directory, { readings }: GivenByClient): Client | null {
  for (const { id } of readings) {
    const client = clientWithId(directory, id)
    if (client !== null) return client
  }
  return null
}

/** @returns what is wrong with the client's proof of itself, or null. */
export async function proofProblem(
  client: Client,
  { readings, isInHeader }: GivenByClient,
  secrets: ClientSecrets,
): Promise<Failure | null> {
  if (client.isPublic) {
    const isEmpty = readings.every(({ secret }) => secret === undefined || secret.trim() === '')
    return isEmpty ? null : reasons.publicWithSecret
  }
  for (const { secret } of readings) {
    const outcome = await secrets.check(client, secret)
    if (outcome === 'good') return null
    if (outcome === 'busy') return reasons.busy
  }
  return wrongClient(isInHeader)
}

/** Whoever tried the header is told how to use it (RFC 6749 §5.2). */
export const wrongClient = (isInHeader: boolean): Failure =>
  isInHeader ? reasons.wrongClientInHeader : reasons.wrongClient
