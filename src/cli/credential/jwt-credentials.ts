import { ALGORITHMS } from '../../identity/jose/algorithm.ts'
import type { Input } from '../command.ts'
import { UsageError } from '../failure.ts'
import { field } from '../gateway/show.ts'
import type { CredentialKind } from './credential-kind.ts'
import { readText, secretFlags, secretFrom } from './secret-input.ts'

export const jwtCredentials: CredentialKind = {
  name: 'jwt',
  path: 'jwt',
  summary: 'What consumers sign their tokens with',
  noun: 'JWT credential',
  one: 'a JWT credential',
  positionals: [],
  flags: {
    key: { kind: 'text', hint: 'ISS', description: "What tokens carry as 'iss'. Made up unless given." },
    ...secretFlags('secret', 'Shared secret of the HS algorithms. Made up unless given.'),
    algorithm: {
      kind: 'text',
      hint: 'ALGORITHM',
      choices: ALGORITHMS,
      description: `The only one that tokens may be signed with: ${ALGORITHMS.join(', ')}. Default: HS256.`,
    },
    'public-key': { kind: 'text', hint: 'FILE', description: 'Public key in PEM, for the other algorithms.' },
  },
  details: ["Tokens must carry the credential's ISS in their claim 'iss'."],
  examples: [
    'jwt add my-app',
    'jwt add my-app --algorithm RS256 --public-key app.pub.pem --key https://issuer.example',
  ],
  lookup: 'ISS',
  columns: [
    ['ALGORITHM', field('algorithm')],
    // Only the HS algorithms use it, though every credential has one.
    ['SECRET', (entity) => (isShared(String(entity['algorithm'])) ? field('secret')(entity) : '-')],
    ['ISS', field('key')],
  ],
  secrets: ['secret'],
  entity(input) {
    const algorithm = input.text('algorithm')
    const secret = secretFrom(input, 'secret')
    const key = input.text('key')
    const publicKey = publicKeyFrom(input, algorithm ?? 'HS256')
    if (secret !== undefined && publicKey !== undefined)
      throw new UsageError(`${algorithm} has a public key, no secret`)
    return {
      ...(key === undefined ? {} : { key }),
      ...(secret === undefined ? {} : { secret }),
      ...(algorithm === undefined ? {} : { algorithm }),
      ...(publicKey === undefined ? {} : { rsa_public_key: publicKey }),
    }
  },
}

function publicKeyFrom(input: Input, algorithm: string): string | undefined {
  const file = input.text('public-key')
  if (isShared(algorithm)) {
    if (file === undefined) return undefined
    throw new UsageError(`--public-key: ${algorithm} has a shared secret, no public key; choose another --algorithm`)
  }
  if (file === undefined) throw new UsageError(`--algorithm ${algorithm} needs --public-key FILE`)
  return readText(file, '--public-key')
}

function isShared(algorithm: string): boolean {
  return algorithm.startsWith('HS')
}
