/**
 * A body, whole. What sends it is not trusted with our memory.
 *
 * @param body null where there is none.
 * @param largest in bytes; as soon as there are more, nothing further is read.
 * @throws what `tooMuch` makes: an Error that says how much would have been read.
 */
export async function boundedBytes(
  body: AsyncIterable<Uint8Array> | null,
  largest: number,
  tooMuch: () => Error = () => new Error(`more than ${largest} bytes`),
): Promise<Buffer<ArrayBuffer>> {
  const pieces: Uint8Array[] = []
  let length = 0
  for await (const piece of body ?? []) {
    length += piece.byteLength
    if (length > largest) throw tooMuch()
    pieces.push(piece)
  }
  return Buffer.concat(pieces, length)
}
