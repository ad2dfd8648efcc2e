import type { z } from 'zod'
import { record, secret } from '../../policy/fields.ts'
import { readUsers } from './users.ts'

export const config = record({
  users: secret().describe(
    'Lines of `name:{SHA}…` as `htpasswd -s` writes them; empty lines and those that start with # do not count.',
  ),
})
export type Config = z.infer<typeof config>

export function check({ users }: Config): Record<string, string> {
  const { problem } = readUsers(users)
  return problem === null ? {} : { users: problem }
}
