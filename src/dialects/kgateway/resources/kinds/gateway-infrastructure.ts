import { DNS_SUBDOMAIN } from '../fields/names.ts'
import { map, text } from '../schema/build.ts'
import { type Rule, rule } from '../schema/rule.ts'

const KEY = new RegExp(`^(${DNS_SUBDOMAIN}/)?([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]$`)

type Texts = Readonly<Record<string, string>>

const keys = (name: 'Label' | 'Annotation'): readonly [Rule<Texts>, Rule<Texts>] => [
  rule(
    `${name} keys must be in the form of an optional DNS subdomain prefix followed by a required name segment of up to 63 characters.`,
    // Too long for a name anyway; the expression need not be asked.
    (texts) => Object.keys(texts).every((key) => key.length <= 512 && KEY.test(key)),
  ),
  rule(
    `If specified, the ${name.toLowerCase()} key's prefix must be a DNS subdomain not longer than 253 characters in total.`,
    (texts) => Object.keys(texts).every((key) => key.split('/')[0]!.length < 253),
  ),
]

/** Put on whatever a Gateway makes somebody create. */
export const labels = () =>
  map(text({ min: 0, max: 63, pattern: '^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$' }), { max: 8 }, ...keys('Label'))

export const annotations = () => map(text({ min: 0, max: 4096 }), { max: 16 }, ...keys('Annotation'))
