/** A copy of a record with other values at some places; everything else is shared with the record. */
export function withValues<T extends object>(
  record: T,
  values: readonly { readonly path: readonly (string | number)[]; readonly value: unknown }[],
): T {
  let result: unknown = record
  for (const { path, value } of values) result = withValue(result, path, value)
  return result as T
}

function withValue(record: unknown, path: readonly (string | number)[], value: unknown): unknown {
  const [head, ...rest] = path
  if (head === undefined) return value
  if (Array.isArray(record)) return record.map((each, at) => (at === head ? withValue(each, rest, value) : each))
  if (typeof record !== 'object' || record === null) return record
  // fromEntries defines, where assigning would run the setter of `__proto__`.
  return Object.fromEntries(
    Object.entries(record).map(([name, each]) => [name, name === head ? withValue(each, rest, value) : each]),
  )
}
