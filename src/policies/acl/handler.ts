import { headerValue } from '../../base/header-value.ts'
import type { Consumer, Directory } from '../../policy/directory.ts'
import { definePolicy } from '../../policy/policy.ts'
import { denied, next } from '../../policy/verdict.ts'
import { acls, check, config } from './schema.ts'

const reasons = {
  unauthenticated: { code: 'unauthenticated', status: 401, message: 'Unauthorized' },
  notAllowed: { code: 'not-allowed', status: 403, message: 'You cannot consume this service' },
} as const

const CONSUMER_GROUPS = 'X-Consumer-Groups'
const AUTHENTICATED_GROUPS = 'X-Authenticated-Groups'
const unauthenticated = denied(reasons.unauthenticated)
const notAllowed = denied(reasons.notAllowed)

export const acl = definePolicy({
  name: 'acl',
  phase: 'authorize',
  summary: 'Let only the members of some groups pass, or all but those.',
  config,
  check,
  reasons,
  entities: [acls],
  consumerScope: false,
  identityHeaders: () => [CONSUMER_GROUPS, AUTHENTICATED_GROUPS],
  compile({ allow, deny, hide_groups_header, always_use_authenticated_groups }, { directory }) {
    const allowed = allow === null || allow.length === 0 ? null : new Set(allow)
    const refused = new Set(deny)
    const mayPass = (groups: readonly string[]) =>
      allowed === null ? !groups.some((group) => refused.has(group)) : groups.some((group) => allowed.has(group))

    return {
      request: function goByGroups(exchange) {
        const { identities, current } = exchange.principal
        if (current === null) return unauthenticated
        const { consumer, credential } = current
        const proven = identities.findLast((identity) => identity.groups !== null)?.groups ?? null

        let groups: readonly string[]
        let header = CONSUMER_GROUPS
        if (proven !== null && (consumer === null || credential === null || always_use_authenticated_groups)) {
          groups = proven
          header = AUTHENTICATED_GROUPS
        } else if (consumer !== null) {
          groups = groupsOf(consumer, directory)
          // A stand-in without any group was never let in by anybody: it may still prove who it is.
          if (groups.length === 0 && allowed !== null) return credential === null ? unauthenticated : notAllowed
        } else {
          return credential === null ? unauthenticated : notAllowed
        }

        if (!mayPass(groups)) return notAllowed
        if (!hide_groups_header) exchange.setHeader(header, groupsHeader(groups))
        return next
      },
    }
  },
})

function groupsOf(consumer: Consumer, directory: Directory): readonly string[] {
  return directory.credentialsOf(consumer, acls.kind).map(({ fields }) => String(fields['group']))
}

/** Names joined as Kong joins them; one that can't stand in a header is left out rather than bent. */
function groupsHeader(groups: readonly string[]): string {
  return groups
    .map(headerValue)
    .filter((group) => group !== null)
    .join(', ')
}
