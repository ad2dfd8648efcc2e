import type { Flag, Input } from '../command.ts'
import { UsageError } from '../failure.ts'

/** A policy to be put on a route, in the words of the Admin API. */
export interface WantedPolicy {
  readonly name: string
  readonly config: Readonly<Record<string, unknown>>
}

export const policyFlags = {
  jwt: { kind: 'switch', description: 'Ask for a JWT signed with a credential of a consumer.' },
  'verify-exp': { kind: 'switch', description: "With --jwt: refuse tokens without 'exp', and expired ones." },
  'key-auth': { kind: 'switch', description: 'Ask for an API key.' },
  'basic-auth': { kind: 'switch', description: 'Ask for a username and password.' },
  acl: { kind: 'list', hint: 'GROUP', description: 'Let in consumers of this group only. Repeatable.' },
  'cors-origin': {
    kind: 'list',
    hint: 'ORIGIN',
    description: 'Let pages of this origin call: https://app.example. Repeatable.',
  },
  public: { kind: 'switch', description: 'Leave the route open to everyone, and say nothing about it.' },
} satisfies Record<string, Flag>

/** @throws UsageError where flags contradict each other. */
export function wantedPolicies(input: Input): WantedPolicy[] {
  const identifying: WantedPolicy[] = []
  if (input.isOn('jwt')) {
    identifying.push({ name: 'jwt', config: input.isOn('verify-exp') ? { claims_to_verify: ['exp'] } : {} })
  }
  if (input.isOn('key-auth')) identifying.push({ name: 'key-auth', config: {} })
  if (input.isOn('basic-auth')) identifying.push({ name: 'basic-auth', config: {} })

  const groups = input.list('acl')
  if (input.isOn('verify-exp') && !input.isOn('jwt'))
    throw new UsageError('--verify-exp is about tokens: it needs --jwt')
  if (input.isOn('public') && identifying.length > 0)
    throw new UsageError('--public and a policy contradict each other')
  if (groups.length > 0 && identifying.length === 0) {
    throw new UsageError('--acl must know who calls: it needs --jwt, --key-auth or --basic-auth')
  }
  const origins = input.list('cors-origin')
  return [
    ...identifying,
    ...(groups.length === 0 ? [] : [{ name: 'acl', config: { allow: groups } }]),
    ...(origins.length === 0 ? [] : [{ name: 'cors', config: { origins } }]),
  ]
}

/** What whoever made such a route should know. */
export function policyNotes(path: string, input: Input): string[] {
  const asksWho = input.isOn('jwt') || input.isOn('key-auth') || input.isOn('basic-auth')
  if (!asksWho && !input.isOn('public')) {
    return [`note: ${path} is open to everyone; --jwt, --key-auth or --basic-auth would ask who calls`]
  }
  if (input.isOn('jwt') && !input.isOn('verify-exp')) {
    return ["note: tokens are good for ever, whatever their 'exp' says; --verify-exp would ask for it and check it"]
  }
  return []
}
