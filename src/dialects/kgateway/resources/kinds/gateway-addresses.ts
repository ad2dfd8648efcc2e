import { isIP } from 'node:net'
import { DNS_SUBDOMAIN } from '../fields/names.ts'
import { defaulted, list, object, text } from '../schema/build.ts'
import { type FieldError, placeless, wrongType } from '../schema/field-error.ts'
import type { Node } from '../schema/node.ts'
import { type Path, pathText } from '../schema/path.ts'
import { isRecord } from '../schema/prune.ts'
import { type Rule, rule } from '../schema/rule.ts'

const TYPE = `^Hostname|IPAddress|NamedAddress|${DNS_SUBDOMAIN}\\/[A-Za-z0-9\\/\\-._~%!$&'()*+,;=:]+$`
const HOSTNAME = `^(\\*\\.)?${DNS_SUBDOMAIN}$`
const isHostname = new RegExp(HOSTNAME)

export interface Address {
  readonly type: string
  readonly value?: string
}

const unique = (type: string): Rule<readonly Address[]> =>
  rule(`${type} values must be unique`, (all) =>
    all.every(
      (one) =>
        one.type !== type ||
        one.value === undefined ||
        all.filter((other) => other.type === type && other.value === one.value).length === 1,
    ),
  )

const address: Node<Address> = object(
  {
    type: defaulted(text({ min: 1, max: 253, pattern: TYPE }), 'IPAddress'),
    value: text({ max: 253 }),
  },
  rule(
    `Hostname value must be empty or contain only valid characters (matching ${HOSTNAME})`,
    ({ type, value }) => type !== 'Hostname' || value === undefined || isHostname.test(value),
  ),
)

/**
 * An address of the type `IPAddress` is one, or else is of another type: the only place of all kinds where the schema
 * itself offers a choice. What breaks it is told three times over.
 */
function alternatives(value: unknown, at: Path): readonly FieldError[] {
  const place = pathText(at, 'dotted')
  const broken = (found: string) =>
    placeless(`"${place}" must validate one and only one schema (oneOf). Found ${found}`)
  if (!isRecord(value)) return [broken('2 valid alternatives')]
  const { type, value: written } = value
  const shown = formatOf(written)
  if (type !== 'IPAddress' || shown === null) return []
  return [
    broken('none valid'),
    placeless(`"${place}.value" must validate at least one schema (anyOf)`),
    wrongType([...at, 'value'], 'ipv4', shown),
  ]
}

/** What is said to stand where an address should; null where nothing is said: not of a list, which no format is about. */
function formatOf(value: unknown): string | null {
  if (value === undefined || value === null || Array.isArray(value)) return null
  if (typeof value === 'string') return isIP(value) === 0 ? value : null
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64'
  return ''
}

export const addresses = () => list({ ...address, alternatives }, { max: 16 }, unique('IPAddress'), unique('Hostname'))
