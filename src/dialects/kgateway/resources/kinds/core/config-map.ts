import { base64, boolean, map, object, text } from '../../schema/build.ts'
import type { Infer } from '../../schema/node.ts'

export const configMapBody = object({ data: map(text()), binaryData: map(base64()), immutable: boolean() })

export const withTexts = ({
  data = {},
}: Infer<typeof configMapBody>): { readonly data: Readonly<Record<string, string>> } => ({ data })
