/** What an `hmac` Authorization value says. */
export interface GivenSignature {
  /** Bytes as latin1, as everything here. */
  readonly username: string
  readonly algorithm: string
  /** Names of what was signed, in order, as the caller wrote them. */
  readonly signed: readonly string[]
  /** Base64. */
  readonly signature: string
}

const VALUE =
  /^[ \t]*[Hh]mac[ \t]*username="([^"]+)",[ \t]*algorithm="([^"]+)",[ \t]*headers="([^"]+)",[ \t]*signature="([^"]+)"/

/** Kong reads the four parameters in this order only. @returns null for everything else. */
export function givenSignature(value: string | undefined): GivenSignature | null {
  const [, username, algorithm, headers, signature] = (value === undefined ? null : VALUE.exec(value)) ?? []
  if (username === undefined) return null
  return { username, algorithm: algorithm!, signed: headers!.split(' '), signature: signature! }
}
