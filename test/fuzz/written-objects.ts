/** Kubernetes objects made at random after the schemas of their kinds: mostly right, and wrong in every way there is. */
import { definitionOf, type Kind } from '../../src/dialects/kgateway/resources/kinds.ts'
import type { Node } from '../../src/dialects/kgateway/resources/schema/node.ts'
import { hasMatch } from '../../src/dialects/kgateway/resources/schema/pattern.ts'
import type { Random } from './random.ts'

const TEXTS = [
  ...[
    'a',
    '',
    'A_B',
    'x-y',
    'default',
    '/a',
    '/a//b',
    '/%2f',
    '/.',
    '*',
    '*.example.com',
    'example.com',
    'a b',
    '\u2028',
  ],
  ...['https://a.example/x', 'http://a:80', '1s', '0s', '10ms', '5x', '99999h', '100000h', 'é"\\<&>\u0001'],
  ...['GET', 'Exact', '10.0.0.1', '10.0.0.0/8', '::1/64', '1Mi', '4Gi', '0', '1e3', 'kgateway.dev/kgateway', 'a/b'],
  ...['Service', 'Gateway', 'HTTPRoute', 'Backend', 'Secret', 'Terminate', 'HTTP', 'HTTPS', 'TLS', 'TCP'],
  ...['123456789012', 'arn:aws:iam::123456789012:role/x', 'X'.repeat(300)],
]
const ODD = [null, true, 0, -1, 1.5, 5, 100, 70_000, 'x', [], {}, { a: 1 }, ['a'], '']
const DURATIONS = ['1s', '2s', '500ms', '0s', '5x', '1h', '100000h', '1ms', '49ms', '', 'abc']

const chance = (random: Random, percent: number): boolean => random.below(100) < percent

/** An object of a kind, in one of the versions that are read. */
export function writtenObject(kind: Kind, random: Random): Record<string, unknown> {
  const { group, versions, body } = definitionOf(kind)
  const version = random.of(versions)
  const apiVersion = group === '' ? version : `${group}/${version}`
  const made = writtenValue(body, random, 0)
  return { apiVersion, kind, metadata: { name: 'x' }, ...(isObject(made) ? made : {}) }
}

function writtenValue(node: Node, random: Random, depth: number): unknown {
  if (chance(random, 2)) return structuredClone(random.of(ODD))
  if (node.allowed !== undefined && chance(random, 93)) return random.of(node.allowed)
  switch (node.type) {
    case 'object':
      return node.values === undefined ? writtenFields(node, random, depth) : writtenMap(node.values, random, depth)
    case 'array':
      return writtenList(node, random, depth)
    case 'string':
    case 'base64':
      return writtenText(node, random)
    case 'integer':
      return random.of([
        node.min ?? 1,
        node.max ?? 10,
        (node.min ?? 0) + 1,
        5,
        80,
        (node.max ?? 9) + 1,
        (node.min ?? 0) - 1,
      ])
    case 'boolean':
      return chance(random, 50)
    case 'integer-or-string':
      return random.of([1, 0, 4_294_967_296, '1Mi', '0', '4Gi', '5Gi', 'x', true, 1024, '1e3', '-1', '1.5Gi', '100m'])
    case 'any':
      return structuredClone(random.of(ODD))
  }
}

function writtenFields({ fields = {} }: Node, random: Random, depth: number): object {
  const made: Record<string, unknown> = {}
  const entries = Object.entries(fields)
  const likely = Math.min(depth < 1 ? 30 : 45, Math.ceil(400 / Math.max(entries.length, 1)))
  for (const [name, field] of entries) {
    if (chance(random, field.isRequired === true ? 97 : likely)) made[name] = writtenValue(field, random, depth + 1)
  }
  if (chance(random, 3)) made[random.of(['extra', 'constructor'])] = structuredClone(random.of(ODD))
  return made
}

function writtenMap(values: Node, random: Random, depth: number): object {
  const keys = Array.from({ length: random.below(3) }, () => random.of(['a', 'b/c', 'x y', 'k']))
  return Object.fromEntries(keys.map((key) => [key, writtenValue(values, random, depth + 1)]))
}

function writtenList({ items, min = 0, max }: Node, random: Random, depth: number): unknown[] {
  const one = items!
  const wanted = random.of([0, 1, 1, 1, 2, 2, 3])
  const tooMany = max !== undefined && one.type === 'string' && chance(random, 1)
  const count = tooMany ? max + 1 : wanted < min && chance(random, 90) ? min : wanted
  const made = Array.from({ length: count }, () => writtenValue(one, random, depth + 1))
  if (made.length > 0 && chance(random, 15)) made.push(structuredClone(made[0]))
  return made
}

function writtenText({ pattern, max, rules = [] }: Node, random: Random): string {
  if (max !== undefined && chance(random, 1)) return 'y'.repeat(max + 1)
  if (rules.some(({ message }) => /duration|timeout/.test(message))) return random.of(DURATIONS)
  if (pattern !== undefined && chance(random, 80)) {
    const fitting = TEXTS.filter((text) => hasMatch(pattern, text))
    if (fitting.length > 0) return random.of(fitting)
  }
  return random.of(TEXTS)
}

/** Changes one or two things anywhere inside of an object. */
export function changeSomething(root: object, random: Random): void {
  for (let times = 1 + random.below(2); times > 0; times--) {
    const spots = spotsIn(root)
    if (spots.length === 0) return
    const { holder, key } = random.of(spots)
    const kind = random.below(6)
    if (kind === 0 && !Array.isArray(holder)) Reflect.deleteProperty(holder, key)
    else if (kind === 1) Reflect.set(holder, key, structuredClone(random.of(ODD)))
    else if (kind === 2) Reflect.set(holder, key, random.of(TEXTS))
    else if (kind === 3 && Array.isArray(holder)) holder.push(structuredClone(holder[Number(key)]))
    else if (kind === 4 && Array.isArray(holder)) holder.splice(Number(key), 1)
    else Reflect.set(holder, 'extra', 1)
  }
}

interface Spot {
  readonly holder: object
  readonly key: string
}

const spotsIn = (holder: object): Spot[] =>
  Object.entries(holder).flatMap(([key, value]) => [{ holder, key }, ...(isObject(value) ? spotsIn(value) : [])])

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null
