import { configKeyProblems } from '../../names.ts'
import { duplicate, type FieldError, invalid, invalidUnshown, missing, tooLong } from '../../schema/field-error.ts'
import type { Infer } from '../../schema/node.ts'
import type { configMapBody } from './config-map.ts'
import type { secretBody } from './secret.ts'
import type { serviceBody } from './service.ts'

/** What an API server checks of the core kinds in code of its own, as far as it matters to a gateway. */

const MOST_DATA = 1024 * 1024
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/** Nothing of a value is shown: it may be a key. */
function base64Errors(place: string, data: Readonly<Record<string, string>> | undefined): FieldError[] {
  return Object.entries(data ?? {}).flatMap(([key, value]) =>
    BASE64.test(value.replace(/[\r\n]/g, '')) ? [] : [invalidUnshown([place, { key }], 'illegal base64 data')],
  )
}

const keyErrors = (place: string, keys: readonly string[]): FieldError[] =>
  keys.flatMap((key) => configKeyProblems(key).map((each) => invalid([place, { key }], key, each)))

const sizeErrors = (place: string, bytes: number): FieldError[] =>
  bytes > MOST_DATA ? [tooLong([place], MOST_DATA)] : []

const lengthOf = (texts: Readonly<Record<string, string>> | undefined, perCharacter = 1): number =>
  Object.values(texts ?? {}).reduce((sum, value) => sum + Buffer.byteLength(value) * perCharacter, 0)

const NEEDED: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
}

export function secretErrors({ type, data, stringData }: Infer<typeof secretBody>): FieldError[] {
  const keys = new Set([...Object.keys(data ?? {}), ...Object.keys(stringData ?? {})])
  const absent = (NEEDED[type] ?? []).filter((key) => !keys.has(key))
  return [
    ...base64Errors('data', data),
    ...keyErrors('data', [...keys]),
    ...sizeErrors('data', lengthOf(data, 0.75) + lengthOf(stringData)),
    ...absent.map((key) => missing(['data', { key }], 'bracketed')),
  ]
}

export function configMapErrors({ data, binaryData }: Infer<typeof configMapBody>): FieldError[] {
  const both = Object.keys(data ?? {}).filter((key) => Object.hasOwn(binaryData ?? {}, key))
  return [
    ...base64Errors('binaryData', binaryData),
    ...keyErrors('data', Object.keys(data ?? {})),
    ...keyErrors('binaryData', Object.keys(binaryData ?? {})),
    ...both.map((key) => invalid(['data', { key }], key, 'duplicate of key present in binaryData')),
    ...sizeErrors('data', lengthOf(data) + lengthOf(binaryData, 0.75)),
  ]
}

export function serviceErrors({ spec }: Infer<typeof serviceBody>): FieldError[] {
  const { type, clusterIP, externalName, ports = [] } = spec
  const at = ['spec', 'ports']
  const errors: FieldError[] = []
  const mayLackPorts = type === 'ExternalName' || clusterIP === 'None'
  if (ports.length === 0 && !mayLackPorts) errors.push(missing(at))
  if (type === 'ExternalName' && (externalName ?? '') === '') errors.push(missing(['spec', 'externalName']))
  const names = new Set<string>()
  const sockets = new Set<string>()
  for (const [n, { name = '', port, protocol }] of ports.entries()) {
    if (name === '' && ports.length > 1) errors.push(missing([...at, n, 'name']))
    else if (name !== '' && names.has(name)) errors.push(duplicate([...at, n, 'name'], name))
    if (sockets.has(`${port}/${protocol}`)) errors.push(duplicate([...at, n], { port, protocol }))
    names.add(name)
    sockets.add(`${port}/${protocol}`)
  }
  return errors
}
