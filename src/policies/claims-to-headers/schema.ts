import { z } from 'zod'
import { flag, headerName, oneOf, optional, record, text } from '../../policy/fields.ts'

/** One header made of one claim. */
const handover = record({
  claim: optional(text()).describe('Name of a claim at the top of the token, taken as it stands (dots mean nothing).'),
  path: optional(z.array(text()).min(1)).describe('Where a nested claim is, name by name: `[realm_access, roles]`.'),
  header: headerName().describe('The header that the service gets.'),
  default: optional(text()).describe('Value when a verified token lacks the claim. Without it, no header is sent.'),
  required: flag().default(false).describe('Refuse requests whose token lacks the claim and that have no default.'),
})

export const config = record({
  claims: z.array(handover).min(1).describe('Which claims become which headers.'),
  array_separator: text().default(',').describe('Put between the elements of a list of plain values.'),
  arrays: oneOf('join', 'json')
    .default('join')
    .describe('How lists are written. A list that holds a list or an object is always JSON.'),
  objects: oneOf('json', 'base64url').default('json').describe('How objects are written: JSON, or base64url of JSON.'),
  unsafe_values: oneOf('drop', 'encode')
    .default('drop')
    .describe('Values with control characters: send no such header, or percent-encode those characters.'),
})
export type Config = z.infer<typeof config>
export type Handover = Config['claims'][number]

export function check({ claims }: Config): Record<string, string | string[]> {
  const problems: Record<string, string> = {}
  const seen = new Set<string>()
  claims.forEach(({ claim, path, header }, index) => {
    if ((claim === null) === (path === null))
      problems[`claims.${index}`] = "exactly one of these fields must be non-empty: 'claim', 'path'"
    if (seen.has(header.toLowerCase())) problems[`claims.${index}.header`] = `header '${header}' is set twice`
    if (FRAMING.has(header.toLowerCase()))
      problems[`claims.${index}.header`] = `header '${header}' belongs to the connection`
    seen.add(header.toLowerCase())
  })
  return problems
}

/** Headers that say where a message ends or goes: a claim must never decide that. */
const FRAMING = new Set([
  ...['connection', 'content-length', 'host', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding'],
  ...['upgrade', 'expect'],
])
