import type { Identity } from '../../policy/identity.ts'

/** What the service will be told of the caller, by the names under which Kong tells it. */
const VALUES: Readonly<Record<string, (identity: Identity) => string | null | undefined>> = {
  'x-consumer-id': ({ consumer }) => consumer?.id,
  'x-consumer-username': ({ consumer }) => consumer?.username,
  'x-consumer-custom-id': ({ consumer }) => consumer?.customId,
  'x-credential-identifier': ({ credential }) => credential?.identifier,
  'x-anonymous-consumer': ({ anonymous }) => (anonymous ? 'true' : null),
}

/** As bytes; undefined for other names, and where there is nothing to tell. */
export function identityHeader(name: string, identity: Identity | null): string | undefined {
  if (identity === null || !Object.hasOwn(VALUES, name)) return undefined
  const value = VALUES[name]!(identity)
  return value === null || value === undefined ? undefined : Buffer.from(value, 'utf8').toString('latin1')
}
