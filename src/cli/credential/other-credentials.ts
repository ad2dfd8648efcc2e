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

export const hmacCredentials: CredentialKind = {
  name: 'hmac-auth',
  path: 'hmac-auth',
  summary: 'What consumers sign their requests with',
  noun: 'HMAC credential',
  one: 'an HMAC credential',
  positionals: [{ name: 'USERNAME', description: 'What signatures are sent with.' }],
  flags: secretFlags('secret', 'The secret that signs. Made up unless given.'),
  details: [],
  examples: ['hmac-auth add my-app my-app'],
  lookup: 'USERNAME',
  columns: [['USERNAME', field('username')], ['SECRET', field('secret')], ID],
  secrets: ['secret'],
  entity(input) {
    const secret = secretFrom(input, 'secret')
    return { username: input.positional('USERNAME'), ...(secret === undefined ? {} : { secret }) }
  },
}

export const oauth2Clients: CredentialKind = {
  name: 'oauth2',
  path: 'oauth2',
  summary: 'OAuth 2.0 clients of consumers',
  noun: 'OAuth 2.0 client',
  one: 'an OAuth 2.0 client',
  positionals: [{ name: 'NAME', description: 'Name of the application.' }],
  flags: {
    'client-id': { kind: 'text', description: 'Made up unless given.' },
    ...secretFlags('client-secret', 'Made up unless given.'),
    'redirect-uri': { kind: 'list', hint: 'URL', description: 'Where callers may be sent back to; may be repeated.' },
    public: { kind: 'switch', description: 'A client that can keep no secret, such as a page or an app.' },
    'hash-secret': { kind: 'switch', description: 'Keep only a hash of the secret: it is never shown again.' },
  },
  details: [],
  examples: ['oauth2 add my-app Shop --redirect-uri https://shop.example/callback'],
  lookup: 'CLIENT_ID',
  columns: [
    ['NAME', field('name')],
    ['CLIENT ID', field('client_id')],
    ['CLIENT SECRET', field('client_secret')],
    ['TYPE', field('client_type')],
  ],
  secrets: ['client_secret'],
  entity(input) {
    const [id, secret] = [input.text('client-id'), secretFrom(input, 'client-secret')]
    const uris = input.list('redirect-uri')
    return {
      name: input.positional('NAME'),
      ...(id === undefined ? {} : { client_id: id }),
      ...(secret === undefined ? {} : { client_secret: secret }),
      ...(uris.length === 0 ? {} : { redirect_uris: uris }),
      ...(input.isOn('public') ? { client_type: 'public' } : {}),
      ...(input.isOn('hash-secret') ? { hash_secret: true } : {}),
    }
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
