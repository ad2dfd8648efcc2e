/** One message as a parser understood it. */
export interface SeenMessage {
  readonly method: string
  readonly target: string
  readonly headers: readonly (readonly [string, string])[]
  /** One character a byte. */
  body: string
  /** True once its end was seen. */
  complete: boolean
}

/** What a parser made of some bytes. */
export interface Reading {
  readonly messages: SeenMessage[]
  /** True when it refused what came behind the last complete message. */
  refused: boolean
}

/** How many messages came to their end. */
export function completeOnes(reading: Reading): SeenMessage[] {
  return reading.messages.filter(({ complete }) => complete)
}
