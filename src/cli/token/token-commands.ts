import { createPublicKey } from 'node:crypto'
import { jsonObject } from '../../base/strict-json.ts'
import { decodeCompact } from '../../identity/jose/compact.ts'
import { signCompact } from '../../identity/jose/sign-compact.ts'
import { verificationKey } from '../../identity/jose/verification-key.ts'
import { verifyCompact } from '../../identity/jose/verify-compact.ts'
import type { Command, Group, Input } from '../command.ts'
import { CommandFailure, UsageError } from '../failure.ts'
import { gatewayFlags } from '../gateway/gateway-flags.ts'
import { keyFlags, signingFrom, TOKEN, tokenFrom } from './token-flags.ts'

const DEFAULT_LIFE = 3600

const mint: Command = {
  name: 'mint',
  summary: 'Sign a token, for trying things',
  details: [`The token alone goes to standard output. It ends after ${DEFAULT_LIFE} seconds unless told otherwise.`],
  flags: {
    ...keyFlags,
    'private-key': { kind: 'text', hint: 'FILE', description: 'Private key in PEM, for the other algorithms.' },
    iss: { kind: 'text', description: 'Who issued it; with --consumer that of the credential.' },
    sub: { kind: 'text', description: 'Whom it is about.' },
    aud: { kind: 'list', description: 'Whom it is for; may be repeated.' },
    claim: { kind: 'list', hint: 'NAME=VALUE', description: 'Any other claim. A value that is JSON is taken as such.' },
    expires: { kind: 'text', hint: 'SECONDS', description: `How long it is good for. Default: ${DEFAULT_LIFE}.` },
    'no-exp': { kind: 'switch', description: 'Without an end.' },
    kid: { kind: 'text', description: 'Which key it is signed with, for its header.' },
    ...gatewayFlags,
  },
  examples: [
    'token mint --consumer my-app --claim role=admin',
    'token mint --algorithm RS256 --private-key app.pem --iss https://issuer.example --sub alice',
  ],
  async run(input, io) {
    const { algorithm, key, issuer } = await signingFrom(input, io, 'private-key', 'private')
    const verifies = verificationKey(algorithm, key.type === 'private' ? createPublicKey(key) : key)
    if (verifies === null) throw new CommandFailure(`the key can't be used with ${algorithm}`)
    const kid = input.text('kid')
    const header = { typ: 'JWT', ...(kid === undefined ? {} : { kid }) }
    io.out(`${signCompact(algorithm, key, claimsFrom(input, issuer, Math.floor(Date.now() / 1000)), header)}\n`)
    return 0
  },
}

/** @param now seconds since the epoch. */
function claimsFrom(input: Input, issuer: string | null, now: number): Record<string, unknown> {
  const life = input.text('expires') ?? String(DEFAULT_LIFE)
  if (!/^\d+$/.test(life)) throw new UsageError(`--expires: '${life}': expected a number of seconds`)
  const audiences = input.list('aud')
  const texts = { iss: input.text('iss') ?? issuer ?? undefined, sub: input.text('sub') }
  return {
    ...Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== undefined)),
    ...(audiences.length === 0 ? {} : { aud: audiences.length === 1 ? audiences[0] : audiences }),
    iat: now,
    ...(input.isOn('no-exp') ? {} : { exp: now + Number(life) }),
    ...Object.fromEntries(input.list('claim').map(namedClaim)),
  }
}

function namedClaim(text: string): [string, unknown] {
  const equals = text.indexOf('=')
  if (equals < 1) throw new UsageError(`--claim: '${text}': expected NAME=VALUE`)
  const value = text.slice(equals + 1)
  try {
    return [text.slice(0, equals), JSON.parse(value)]
  } catch {
    return [text.slice(0, equals), value]
  }
}

const decode: Command = {
  name: 'decode',
  summary: 'Show what stands in a token, without believing any of it',
  positionals: [TOKEN],
  examples: ['token decode eyJhbGciOi…', 'token mint --consumer my-app | sallyport token decode'],
  async run(input, io) {
    const token = tokenFrom(input)
    const jws = decodeCompact(token)
    if (jws === null) throw new CommandFailure('this is no JWT: expected three base64url parts with dots between them')
    const payload = jsonObject(jws.payload) ?? jws.payload.toString()
    io.out(`${JSON.stringify({ header: jws.header, payload }, null, 2)}\n`)
    for (const line of timeLines(payload)) io.err(`${line}\n`)
    io.err("the signature was not checked; 'sallyport token verify' does\n")
    return 0
  },
}

function timeLines(payload: unknown): string[] {
  if (typeof payload !== 'object' || payload === null) return []
  return ['iat', 'nbf', 'exp'].flatMap((name) => {
    const seconds: unknown = Reflect.get(payload, name)
    if (typeof seconds !== 'number' || Math.abs(seconds) > 8.64e12) return []
    const isOver = name === 'exp' && seconds * 1000 <= Date.now()
    return [`${name}: ${new Date(seconds * 1000).toISOString()}${isOver ? ' (over)' : ''}`]
  })
}

const verify: Command = {
  name: 'verify',
  summary: 'Check signature and dates of a token, and show its claims',
  details: ['Exits with 1 and says why when the token is not good. Claims go to standard output.'],
  positionals: [TOKEN],
  flags: {
    ...keyFlags,
    'public-key': { kind: 'text', hint: 'FILE', description: 'Public key in PEM, for the other algorithms.' },
    ...gatewayFlags,
  },
  examples: ['token verify --consumer my-app eyJhbGciOi…', 'token verify --algorithm RS256 --public-key app.pub.pem -'],
  async run(input, io) {
    const { algorithm, key, issuer } = await signingFrom(input, io, 'public-key', 'public')
    const token = tokenFrom(input)
    const jws = decodeCompact(token)
    if (jws === null) throw new CommandFailure('this is no JWT: expected three base64url parts with dots between them')
    if (jws.header['alg'] !== algorithm) {
      throw new CommandFailure(
        `the token says it is signed with ${JSON.stringify(jws.header['alg'])}, not ${algorithm}`,
      )
    }
    const verifies = verificationKey(algorithm, key)
    if (verifies === null) throw new CommandFailure(`the key can't be used with ${algorithm}`)
    if (verifyCompact(token, verifies) === null) throw new CommandFailure('the signature is not good')
    const claims = jsonObject(jws.payload)
    if (claims === null) throw new CommandFailure('the signature is good, but the payload is no JSON object')
    const problem = claimProblem(claims, issuer, Date.now() / 1000)
    if (problem !== null) throw new CommandFailure(`the signature is good, but ${problem}`)
    io.out(`${JSON.stringify(claims, null, 2)}\n`)
    return 0
  },
}

/** @param now seconds since the epoch. */
function claimProblem(claims: Readonly<Record<string, unknown>>, issuer: string | null, now: number): string | null {
  for (const name of ['exp', 'nbf']) {
    if (claims[name] !== undefined && typeof claims[name] !== 'number') return `'${name}' is no number`
  }
  if (typeof claims['exp'] === 'number' && claims['exp'] <= now) return 'the token has expired'
  if (typeof claims['nbf'] === 'number' && claims['nbf'] > now) return 'the token is not valid yet'
  if (issuer !== null && claims['iss'] !== issuer) return `'iss' is not that of the credential`
  return null
}

export const tokenGroup: Group = {
  name: 'token',
  summary: 'Tokens, for trying things',
  commands: [mint, decode, verify],
}
