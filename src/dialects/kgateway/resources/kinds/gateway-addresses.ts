import { isIP } from 'node:net'
import { DNS_SUBDOMAIN } from '../fields/names.ts'
import { defaulted, list, object, text } from '../schema/build.ts'
import type { Node } from '../schema/node.ts'
import { type Rule, rule } from '../schema/rule.ts'

const TYPE = `^Hostname|IPAddress|NamedAddress|${DNS_SUBDOMAIN}\\/[A-Za-z0-9\\/\\-._~%!$&'()*+,;=:]+$`
const HOSTNAME = `^(\\*\\.)?${DNS_SUBDOMAIN}$`
const isHostname = new RegExp(HOSTNAME)

interface Address {
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

/** An address of the type `IPAddress` is one: the only place of all kinds where the schema itself offers a choice. */
const isAddress = (value: unknown): boolean => {
  const { type, value: written } = value as Partial<Address>
  return type !== 'IPAddress' || written === undefined || typeof written !== 'string' || isIP(written) !== 0
}

export const addresses = () =>
  list({ ...address, choice: { holds: isAddress } }, { max: 16 }, unique('IPAddress'), unique('Hostname'))
