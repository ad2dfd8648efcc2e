import type { Flag, Input } from '../command.ts'
import type { Io } from '../io.ts'
import { accessFlags, adminAccess } from './admin-access.ts'
import { adminFlag, adminUrl } from './admin-address.ts'
import { AdminClient } from './admin-client.ts'
import { adminFetch } from './admin-fetch.ts'

/** What every command about a running gateway takes. */
export const gatewayFlags = { admin: adminFlag, ...accessFlags } satisfies Record<string, Flag>

/** And what those take that show entities. */
export const shownFlags = {
  output: {
    kind: 'text',
    short: 'o',
    choices: ['table', 'json', 'yaml'],
    description: 'How to show the result. Default: table.',
  },
  ...gatewayFlags,
} satisfies Record<string, Flag>

export function adminClient(input: Input, io: Io): AdminClient {
  const url = adminUrl(input.text('admin'), io.env)
  return new AdminClient(url, adminFetch(adminAccess(input, io.env, url)))
}
