/**
 * What is wrong with a logging policy's `custom_fields_by_lua`, or null.
 * Nothing here runs Lua; a record silently without the fields that somebody counts on would be worse than a refusal.
 */
export function luaProblem(fields: Readonly<Record<string, string>> | null): string | null {
  const names = Object.keys(fields ?? {})
  if (names.length === 0) return null
  return `Lua is not run here: take out ${names.map((name) => `'${name}'`).join(', ')}, or have the collector add the fields`
}
