const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/

/**
 * A value as the table literal in which Kong prints keys and deep problems: `{id="x"}` on one line, or indented when
 * `indent` is given. Keys are sorted.
 */
export function luaText(value: unknown, indent = '', depth = 1): string {
  if (value === null || value === undefined) return 'null'
  if (typeof value === 'string') return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
  if (typeof value !== 'object') return String(value)
  const equals = indent === '' ? '=' : ' = '
  const items = Array.isArray(value)
    ? value.map((inner) => luaText(inner, indent, depth + 1))
    : Object.entries(value)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, inner]) => `${NAME.test(key) ? key : `["${key}"]`}${equals}${luaText(inner, indent, depth + 1)}`)
  if (indent === '') return `{${items.join(',')}}`
  return `{\n${items.map((item) => indent.repeat(depth) + item).join(',\n')}\n${indent.repeat(depth - 1)}}`
}
