import type { Field } from './field.ts'

/** The value with every secret in it, at any depth, replaced by `mask`. References to vaults are no secrets. */
export function maskSecrets(field: Field, value: unknown, mask: string): unknown {
  if (value === null || value === undefined) return value
  if (field.meta.secret) return typeof value === 'string' && value.startsWith('{vault://') ? value : mask
  if (Array.isArray(value)) return field.element ? value.map((each) => maskSecrets(field.element!, each, mask)) : value
  if (typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => {
      const own = field.fields?.get(name) ?? (field.type === 'map' ? field.element : undefined)
      return [name, own === undefined ? inner : maskSecrets(own, inner, mask)]
    }),
  )
}
