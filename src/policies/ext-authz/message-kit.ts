/** Protobuf messages for tests, written and read without the code under test: fields by number, in any order. */
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire'

/** A number is a varint, a text a string, a list another message. */
export type Message = readonly (readonly [field: number, value: number | string | Uint8Array | Message])[]

export function message(fields: Message): Uint8Array {
  const writer = new BinaryWriter()
  for (const [field, value] of fields) {
    if (typeof value === 'number') writer.tag(field, WireType.Varint).int32(value)
    else if (typeof value === 'string') writer.tag(field, WireType.LengthDelimited).string(value)
    else writer.tag(field, WireType.LengthDelimited).bytes(value instanceof Uint8Array ? value : message(value))
  }
  return writer.finish()
}

/**
 * Every value at a path of field numbers: `values(bytes, 1, 4, 2, 5)`. Varints as numbers, the rest as text.
 */
export function values(bytes: Uint8Array, ...path: number[]): (string | number)[] {
  const [wanted, ...rest] = path
  const reader = new BinaryReader(bytes)
  const found: (string | number)[] = []
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag()
    if (field !== wanted) reader.skip(wire, field)
    else if (wire === WireType.Varint) found.push(Number(reader.int64()))
    else if (rest.length > 0) found.push(...values(reader.bytes(), ...rest))
    else found.push(Buffer.from(reader.bytes()).toString('utf8'))
  }
  return found
}

/** HeaderValueOption. @param append left out where null. */
export function headerOption(name: string, value: string, append: boolean | null = null, action = 0): Message {
  const fields: (readonly [number, number | string | Message])[] = [
    [
      1,
      [
        [1, name],
        [2, value],
      ],
    ],
  ]
  if (append !== null) fields.push([2, append ? [[1, 1]] : []])
  if (action !== 0) fields.push([3, action])
  return fields
}
