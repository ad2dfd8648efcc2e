import { CommandFailure, UsageError } from '../failure.ts'
import { field } from '../gateway/show.ts'
import type { CredentialKind } from './credential-kind.ts'
import { secretFlags, secretFrom } from './secret-input.ts'

const ID = ['ID', field('id')] as const

export const keyCredentials: CredentialKind = {
  name: 'key-auth',
  path: 'key-auth',
  summary: 'API keys of consumers',
  noun: 'API key',
  one: 'an API key',
  positionals: [],
  flags: {
    ...secretFlags('key', 'The key. Made up unless given.'),
    ttl: { kind: 'text', hint: 'SECONDS', description: 'How long it is good for; for ever unless given.' },
  },
  details: [],
  examples: ['key-auth add my-app', 'key-auth add my-app --ttl 86400'],
  lookup: 'KEY',
  columns: [['KEY', field('key')], ID],
  secrets: ['key'],
  entity(input) {
    const [key, ttl] = [secretFrom(input, 'key'), input.text('ttl')]
    if (ttl !== undefined && !/^[1-9]\d*$/.test(ttl))
      throw new UsageError(`--ttl: '${ttl}': expected a number of seconds`)
    return { ...(key === undefined ? {} : { key }), ...(ttl === undefined ? {} : { ttl: Number(ttl) }) }
  },
}

export const passwordCredentials: CredentialKind = {
  name: 'basic-auth',
  path: 'basic-auth',
  summary: 'Usernames and passwords of consumers',
  noun: 'username',
  one: 'a username',
  positionals: [{ name: 'USERNAME', description: 'What callers give with the password.' }],
  flags: secretFlags('password', 'The password.'),
  details: ['Only a hash of the password is kept.'],
  examples: ['basic-auth add my-app alice --password-file -'],
  lookup: 'USERNAME',
  columns: [['USERNAME', field('username')], ID],
  secrets: ['password'],
  entity(input) {
    const password = secretFrom(input, 'password')
    if (password === undefined) throw new UsageError('a password is needed: --password-file FILE')
    if (password === '') throw new CommandFailure('the password is empty')
    return { username: input.positional('USERNAME'), password }
  },
}

export const groupMemberships: CredentialKind = {
  name: 'acl',
  path: 'acls',
  summary: 'Groups that consumers belong to',
  noun: 'group',
  one: 'a group',
  positionals: [{ name: 'GROUP', description: 'Name of the group.' }],
  flags: {},
  details: ['Routes made with --acl GROUP let in only its members.'],
  examples: ['acl add my-app admins'],
  lookup: 'GROUP',
  columns: [['GROUP', field('group')], ID],
  secrets: [],
  entity: (input) => ({ group: input.positional('GROUP') }),
}
