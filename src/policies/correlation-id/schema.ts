import type { z } from 'zod'
import { flag, oneOf, record, text } from '../../policy/fields.ts'

export const config = record({
  header_name: text().default('Kong-Request-ID').describe('The header that carries the id.'),
  generator: oneOf('uuid', 'uuid#counter', 'tracker')
    .default('uuid#counter')
    .describe('How an id is made: a UUID each, one UUID and a counter, or process, count and time.'),
  echo_downstream: flag().default(false).describe('Tell the id to the client too.'),
})
export type Config = z.infer<typeof config>

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

export function check({ header_name }: Config): Record<string, string | string[]> {
  return TOKEN.test(header_name) ? {} : { header_name: `bad header name '${header_name}'` }
}
