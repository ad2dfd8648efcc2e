/** One line of a list of changes: `name` or `name:value`; colons right behind the name belong to neither. */
export function readEntry(entry: string): { readonly name: string; readonly value: string } {
  const [, name, value] = /^([^:]+):*([\s\S]*)$/.exec(entry) ?? []
  return { name: name ?? '', value: value ?? '' }
}
