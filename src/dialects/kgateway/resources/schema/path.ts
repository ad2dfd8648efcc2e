/** Where something stands in a document: names of fields, places in lists, and keys of maps. */
export type Step = string | number | { readonly key: string }
export type Path = readonly Step[]

/**
 * A path as an API server writes it: `spec.rules[0].name`.
 *
 * @param keys how the key of a map looks: its OpenAPI checks write `labels.app`, all others `labels[app]`.
 */
export function pathText(path: Path, keys: 'dotted' | 'bracketed' = 'bracketed'): string {
  return path
    .map((step) => {
      if (typeof step === 'number') return `[${step}]`
      if (typeof step === 'string') return `.${step}`
      return keys === 'dotted' ? `.${step.key}` : `[${step.key}]`
    })
    .join('')
    .replace(/^\./, '')
}

/** The same as names and places, for whoever looks it up in a document. */
export const plainPath = (path: Path): readonly (string | number)[] =>
  path.map((step) => (typeof step === 'object' ? step.key : step))
