/** Names, labels and keys as Kubernetes wants them, and its words for what they should be. */

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`
const LABEL_1035 = '[a-z]([-a-z0-9]*[a-z0-9])?'
const QUALIFIED = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'
const CONFIG_KEY = '[-._a-zA-Z0-9]+'

interface Form {
  readonly longest: number
  readonly expression: string
  readonly words: string
  readonly examples: readonly string[]
}

const subdomainForm: Form = {
  longest: 253,
  expression: SUBDOMAIN,
  words:
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
  examples: ['example.com'],
}
const labelForm: Form = {
  longest: 63,
  expression: LABEL,
  words:
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
  examples: ['my-name', '123-abc'],
}
const serviceForm: Form = {
  longest: 63,
  expression: LABEL_1035,
  words:
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
  examples: ['my-name', 'abc-123'],
}
const valueForm: Form = {
  longest: 63,
  expression: `(${QUALIFIED})?`,
  words:
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  examples: ['MyValue', 'my_value', '12345'],
}
const qualifiedForm: Form = {
  longest: 63,
  expression: QUALIFIED,
  words:
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  examples: ['MyName', 'my.name', '123-abc'],
}
const configKeyForm: Form = {
  longest: 253,
  expression: CONFIG_KEY,
  words: "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
  examples: ['key.name', 'KEY_NAME', 'key-name'],
}

const sentence = ({ words, examples, expression }: Form): string =>
  `${words} (e.g. ${examples.map((each) => `'${each}', `).join(' or ')}regex used for validation is '${expression}')`

/** Far above what any form takes: an expression is not asked about more than this. */
const ASKED = 1024

function problems(text: string, form: Form): string[] {
  const fits = text.length <= ASKED && new RegExp(`^(?:${form.expression})$`).test(text)
  return [
    ...(Buffer.byteLength(text) > form.longest ? [`must be no more than ${form.longest} characters`] : []),
    ...(fits ? [] : [sentence(form)]),
  ]
}

export const objectNameProblems = (name: string): string[] => problems(name, subdomainForm)
export const namespaceProblems = (name: string): string[] => problems(name, labelForm)
export const serviceNameProblems = (name: string): string[] => problems(name, serviceForm)
export const labelValueProblems = (value: string): string[] => problems(value, valueForm)

/** A key of a Secret or ConfigMap; it may become the name of a file. */
export function configKeyProblems(key: string): string[] {
  const step =
    key === '.' || key === '..' ? `must not be '${key}'` : key.startsWith('..') ? "must not start with '..'" : null
  return [...problems(key, configKeyForm), ...(step === null ? [] : [step])]
}

/** `app.kubernetes.io/name`: the key of a label or annotation. */
export function qualifiedNameProblems(key: string): string[] {
  const parts = key.split('/')
  if (parts.length > 2) {
    const optional = "with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
    return [`a qualified name ${sentence(qualifiedForm)} ${optional}`]
  }
  const name = parts.at(-1)!
  const prefix = parts.length === 2 ? parts[0]! : null
  const ofPrefix = prefix === null ? [] : prefix === '' ? ['must be non-empty'] : objectNameProblems(prefix)
  const ofName = name === '' ? ['must be non-empty', sentence(qualifiedForm)] : problems(name, qualifiedForm)
  return [...ofPrefix.map((each) => `prefix part ${each}`), ...ofName.map((each) => `name part ${each}`)]
}
