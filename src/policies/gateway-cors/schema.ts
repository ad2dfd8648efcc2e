import type { z } from 'zod'
import { flag, integer, list, optional, record, text } from '../../policy/fields.ts'

export const config = record({
  allowOrigins: list(text())
    .default([])
    .describe('Origins whose pages may read answers; `*` in one stands for any text, `*` alone for every origin.'),
  allowMethods: list(text()).default([]).describe('Methods that pages may use; `*` for whatever is asked for.'),
  allowHeaders: list(text()).default([]).describe('Headers that pages may send; `*` for whatever is asked for.'),
  exposeHeaders: list(text()).default([]).describe('Headers of answers that pages may read.'),
  allowCredentials: flag().default(false).describe('Pages may send cookies and the like.'),
  maxAge: optional(integer(1, 2 ** 31 - 1)).describe('Seconds that browsers may remember a permission.'),
})
export type Config = z.infer<typeof config>
