/**
 * Documents of pages that were saved as text without their indentation, some without their line breaks too. The words
 * are the page's; where each stood follows from what may hold what in these kinds.
 */

/** What each kind of block may hold. A name with `[]` holds a list of such blocks, or of plain values. */
const HOLDS: Readonly<Record<string, readonly string[]>> = {
  document: ['apiVersion', 'kind', 'metadata', 'spec'],
  metadata: ['name', 'namespace'],
  spec: ['type', 'static', 'jwt', 'targetRefs[]', 'jwtAuth'],
  static: ['hosts[]'],
  'hosts[]': ['host', 'port'],
  'targetRefs[]': ['group', 'kind', 'name'],
  jwtAuth: ['extensionRef'],
  extensionRef: ['name'],
  jwt: ['validationMode', 'providers[]'],
  'providers[]': [...['name', 'issuer', 'audiences[]', 'tokenSource', 'claimsToHeaders[]', 'forwardToken', 'jwks']],
  'audiences[]': [],
  'claimsToHeaders[]': ['name', 'header'],
  tokenSource: ['header{}'],
  'header{}': ['header', 'prefix'],
  jwks: ['local', 'remote'],
  local: ['inline'],
  remote: ['url', 'backendRef', 'cacheDuration'],
  backendRef: ['name', 'kind', 'group'],
}

interface Block {
  readonly holds: string
  readonly value: Record<string, unknown>
}

/** Every `kubectl apply` of the page, in its order. @param variables what `$NAME` stands for. */
export function appliedDocuments(page: string, variables: Readonly<Record<string, string>>): object[] {
  return [...page.matchAll(/kubectl apply -f- <<EOF\s([\s\S]*?)\sEOF/g)].map(([, text]) =>
    documentOf(text!.replace(/\$([A-Z_]+)/g, (all, name: string) => variables[name] ?? all)),
  )
}

function documentOf(text: string): object {
  const words = text.match(/'[^']*'|"[^"]*"|[^\s'"]+/g) ?? []
  const document: Block = { holds: 'document', value: {} }
  const open: Block[] = [document]
  for (let n = 0; n < words.length; n++) {
    const word = words[n]!
    if (word === '-') {
      n = item(open, words, n)
      continue
    }
    if (!word.endsWith(':')) throw new Error(`expected a field at ${word}`)
    n = field(open, words, n)
  }
  return document.value
}

/** A dash: a value, or a block that goes on with the fields behind it. */
function item(open: Block[], words: readonly string[], at: number): number {
  const next = words[at + 1]!
  while (!open.at(-1)!.holds.endsWith('[]') || !(LIST in open.at(-1)!.value)) open.pop()
  const list = open.at(-1)!
  const items = list.value[LIST] as unknown[]
  if (!next.endsWith(':')) {
    items.push(plain(next))
    return at + 1
  }
  const block: Block = { holds: list.holds, value: {} }
  items.push(block.value)
  open.push(block)
  return at
}

function field(open: Block[], words: readonly string[], at: number): number {
  const name = words[at]!.slice(0, -1)
  const found = open.findLastIndex(
    ({ holds, value }) => kindOf(holds, name) !== null && !(name in value) && !(LIST in value),
  )
  if (found < 0) throw new Error(`nothing may hold ${name}`)
  open.length = found + 1
  const { holds, value } = open.at(-1)!
  const kind = kindOf(holds, name)!
  if (kind.endsWith('[]')) {
    const items: unknown[] = []
    value[name] = items
    open.push({ holds: kind, value: { [LIST]: items } })
    return at
  }
  if (kind in HOLDS) {
    const inner = {}
    value[name] = inner
    open.push({ holds: kind, value: inner })
    return at
  }
  value[name] = plain(words[at + 1]!)
  return at + 1
}

const LIST = 'items of the list'

/** What a field is in a block: a plain value by its own name, or a block or list; null when it can't stand there. */
function kindOf(holds: string, name: string): string | null {
  return HOLDS[holds]!.find((each) => each.replace(/(\[\]|\{\})$/, '') === name) ?? null
}

function plain(word: string): unknown {
  if (/^['"]/.test(word)) return word.slice(1, -1)
  if (word === 'true' || word === 'false') return word === 'true'
  return /^\d+$/.test(word) ? Number(word) : word
}
