import { createPrivateKey, createPublicKey, type JsonWebKey } from 'node:crypto'
import { optional, record, text } from '../../../policy/fields.ts'
import { isReference } from '../../../secrets/reference.ts'
import { addEntityProblem, atLeastOneOf, hasProblems, quoted } from '../schema/problems.ts'
import * as t from './field-types.ts'
import { type EntityKind, isEmpty } from './kind.ts'

const FORMATS = ['jwk', 'pem']

/** A key for checking or making signatures, as a JSON Web Key (RFC 7517) or in PEM. */
export const key: EntityKind = {
  name: 'keys',
  path: 'keys',
  nestedPath: 'keys',
  endpointKey: 'name',
  uniqueTogether: [['kid', 'set']],
  expires: false,
  shape: record({
    id: t.id(),
    set: optional(t.foreign('key_sets', 'cascade')),
    name: optional(text().meta({ unique: true })),
    kid: text(),
    jwk: optional(text().meta({ referenceable: true, secret: true })),
    pem: optional(pemPair()),
    tags: t.tags(),
    created_at: t.time(),
    updated_at: t.time(),
  }),
  check(values, problems) {
    const given = FORMATS.filter((format) => !isEmpty(values[format]))
    if (given.length === 0) addEntityProblem(problems, atLeastOneOf(FORMATS))
    if (given.length === 2) {
      addEntityProblem(problems, `only one or none of these fields must be set: ${quoted(FORMATS)}`)
    }
    const jwk = values['jwk']
    if (hasProblems(problems) || typeof jwk !== 'string' || isReference(jwk)) return
    const problem = jwkProblem(jwk, values['kid'])
    if (problem !== null) addEntityProblem(problems, problem)
  },
}

function pemPair() {
  const pem = () => optional(text().meta({ referenceable: true }))
  return record({ private_key: pem().meta({ secret: true }), public_key: pem() }).superRefine((pair, context) => {
    const message = pemProblem(pair)
    if (message !== null) context.addIssue({ code: 'custom', message })
  })
}

function pemProblem(pair: { private_key: string | null; public_key: string | null }): string | null {
  const { private_key: privateKey, public_key: publicKey } = pair
  if (privateKey === null && publicKey === null) return atLeastOneOf(['private_key', 'public_key'])
  if (isReference(privateKey) || isReference(publicKey)) return null
  const ofPrivate = privateKey === null ? null : publicText(() => createPublicKey(createPrivateKey(privateKey)))
  const ofPublic = publicKey === null ? null : publicText(() => createPublicKey(publicKey))
  if (publicKey !== null && ofPublic === null) return 'could not load public key'
  if (privateKey !== null && ofPrivate === null) return 'could not load private key'
  return ofPrivate && ofPublic && ofPrivate !== ofPublic ? 'public key does not match private key' : null
}

function publicText(load: () => ReturnType<typeof createPublicKey>): string | null {
  try {
    return load().export({ type: 'spki', format: 'pem' }).toString()
  } catch {
    return null
  }
}

function jwkProblem(text: string, kid: unknown): string | null {
  let jwk: (JsonWebKey & { kid?: unknown }) | null
  try {
    jwk = JSON.parse(text)
  } catch {
    return 'could not json decode jwk string'
  }
  if (typeof jwk !== 'object' || jwk === null) return 'could not json decode jwk string'
  if (jwk.kid !== kid) return 'kid in jwk.kid must be equal to keys.kid'
  const loadable = publicText(() => createPublicKey({ key: jwk, format: 'jwk' })) !== null
  return loadable ? null : 'could not load JWK, likely not a valid key'
}
