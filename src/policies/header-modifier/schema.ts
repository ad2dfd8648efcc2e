import type { z } from 'zod'
import { flag, optional, record } from '../../policy/fields.ts'
import { headerChangeProblems, headerChanges } from '../../policy/header-changes.ts'

export const config = record({
  request: optional(headerChanges()).describe('Changes of the request’s headers, for the service.'),
  response: optional(headerChanges()).describe('Changes of the answer’s headers, whoever made it.'),
  removeFirst: flag()
    .default(true)
    .describe('Remove before adding and setting, so that what is added stays; otherwise after it.'),
})
export type Config = z.infer<typeof config>

export function check({ request, response }: Config): Record<string, string> {
  return { ...headerChangeProblems(request, 'request'), ...headerChangeProblems(response, 'response') }
}
