import type { z } from 'zod'
import { flag, map, optional, record, text } from '../../policy/fields.ts'
import { customFieldProblems } from '../../policy/record/custom-fields.ts'

/** Kong's: no blanks at the ends, and nothing that a shell would read as more than a name. */
const FILE_NAME = /^[^\s*&%\\`][^*&%\\`]*[^\s*&%\\`]$/

export const config = record({
  path: text()
    .refine((path) => FILE_NAME.test(path), { error: 'not a valid filename' })
    .describe('File that records are appended to; made where there is none. `/dev/stdout` is the process’s own.'),
  reopen: flag().default(false).describe('Open the file anew for every write, so that it can be moved away.'),
  custom_fields_by_lua: optional(map(text())).describe(
    'Members of the record made by functions, in JavaScript where Kong has Lua; needs `--functions on`.',
  ),
})
export type Config = z.infer<typeof config>

export function check({ custom_fields_by_lua }: Config): Record<string, string> {
  return customFieldProblems(custom_fields_by_lua)
}
