import { createPrivateKey, type KeyObject } from 'node:crypto'
import { ALGORITHMS, type Algorithm, isAlgorithm } from '../../identity/jose/algorithm.ts'
import { publicKeyFromPem, secretKey } from '../../identity/jose/verification-key.ts'
import type { Flag, Input } from '../command.ts'
import { readText, secretFlags, secretFrom } from '../credential/secret-input.ts'
import { CommandFailure, failureText, UsageError } from '../failure.ts'
import { adminClient } from '../gateway/gateway-flags.ts'
import type { Io } from '../io.ts'

/** What tokens of one credential are signed with. */
export interface Signing {
  readonly algorithm: Algorithm
  readonly key: KeyObject
  /** What stands in `iss`, where a credential of the gateway says so. */
  readonly issuer: string | null
}

export const keyFlags = {
  algorithm: {
    kind: 'text',
    hint: 'ALGORITHM',
    choices: ALGORITHMS,
    description: `One of ${ALGORITHMS.join(', ')}. Default: HS256.`,
  },
  ...secretFlags('secret', 'Shared secret of the HS algorithms.'),
  consumer: {
    kind: 'text',
    hint: 'NAME',
    description: "Take the HS credential of this consumer from the running gateway, 'iss' included.",
  },
} satisfies Record<string, Flag>

export const TOKEN = {
  name: 'TOKEN',
  description: 'The token; - or nothing for standard input.',
  optional: true as const,
}

/** The token that was given. @throws UsageError, CommandFailure */
export function tokenFrom(input: Input): string {
  const given = input.optionalPositional('TOKEN') ?? '-'
  const token = (given === '-' ? readText('-', 'TOKEN') : given).trim().replace(/^Bearer +/i, '')
  if (token === '') throw new CommandFailure('there is no token on standard input')
  return token
}

/** @param kind which half of an asymmetric key is in FILE. @throws UsageError, CommandFailure */
export async function signingFrom(input: Input, io: Io, flag: string, kind: 'private' | 'public'): Promise<Signing> {
  const consumer = input.text('consumer')
  const [secret, file] = [secretFrom(input, 'secret'), input.text(flag)]
  if ([consumer, secret, file].filter((each) => each !== undefined).length !== 1) {
    throw new UsageError(`one of --secret-file, --${flag} and --consumer is needed`)
  }
  if (consumer !== undefined) return await credentialOf(consumer, input, io)
  const word = input.text('algorithm') ?? 'HS256'
  if (!isAlgorithm(word)) throw new UsageError(`--algorithm: '${word}': expected one of ${ALGORITHMS.join(', ')}`)
  if (word.startsWith('HS') !== (secret !== undefined)) {
    throw new UsageError(word.startsWith('HS') ? `${word} needs --secret-file` : `${word} needs --${flag} FILE`)
  }
  return { algorithm: word, key: secret !== undefined ? hmacKey(secret) : keyIn(file!, flag, kind), issuer: null }
}

async function credentialOf(consumer: string, input: Input, io: Io): Promise<Signing> {
  const all = await adminClient(input, io).list(['consumers', consumer, 'jwt'])
  const wanted = input.text('algorithm')
  const found = all.find(({ algorithm }) => (wanted ? algorithm === wanted : String(algorithm).startsWith('HS')))
  const algorithm = found?.['algorithm']
  if (found === undefined || !isAlgorithm(algorithm) || !algorithm.startsWith('HS')) {
    throw new CommandFailure(
      `consumer ${consumer} has no HS credential whose secret could be used; 'sallyport jwt add ${consumer}' adds one`,
    )
  }
  return { algorithm, key: hmacKey(String(found['secret'])), issuer: String(found['key']) }
}

function hmacKey(secret: string): KeyObject {
  const key = secretKey(Buffer.from(secret))
  if (key === null) throw new CommandFailure('the secret is empty')
  return key
}

function keyIn(file: string, flag: string, kind: 'private' | 'public'): KeyObject {
  const pem = readText(file, `--${flag}`)
  if (kind === 'public') {
    const key = publicKeyFromPem(pem)
    if (key === null) throw new CommandFailure(`--${flag}: '${file}' holds no public key in PEM`)
    return key
  }
  try {
    return createPrivateKey(pem)
  } catch (error) {
    throw new CommandFailure(`--${flag}: '${file}' holds no private key in PEM: ${failureText(error)}`)
  }
}
