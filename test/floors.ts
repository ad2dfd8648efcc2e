/**
 * Who may import whom: a folder may import from floors below its own (and from itself), never sideways and never up.
 * `docs/architecture.md` prints this table; `test/architecture.test.ts` checks every import against it.
 */
export interface Floor {
  readonly floor: number
  readonly folder: string
  /** Folders below that it may import; `*` ends a prefix. */
  readonly may: readonly string[]
}

export const floors: readonly Floor[] = [
  { floor: 0, folder: 'base', may: [] },
  { floor: 1, folder: 'model', may: ['base'] },
  { floor: 1, folder: 'identity', may: ['base'] },
  { floor: 2, folder: 'policy', may: ['base', 'model', 'identity'] },
  { floor: 4, folder: 'policies/index.ts', may: ['policies/*', 'policy'] },
  { floor: 3, folder: 'policies/*', may: ['base', 'identity', 'policy'] },
  { floor: 3, folder: 'custom-policies', may: ['base', 'model', 'policy'] },
  { floor: 3, folder: 'directory', may: ['base', 'model', 'policy'] },
  { floor: 3, folder: 'store', may: ['base', 'model'] },
  { floor: 3, folder: 'secrets', may: ['base', 'policy'] },
  {
    floor: 3,
    folder: 'dialects/*',
    may: [
      ...['base', 'model', 'identity/key-set/local-keys.ts', 'policy'],
      ...['store/port.ts', 'secrets/reference.ts', 'secrets/vault-schemas.ts'],
    ],
  },
  { floor: 4, folder: 'snapshot', may: ['base', 'model', 'policy', 'directory'] },
  { floor: 5, folder: 'plane', may: ['base', 'model', 'policy', 'snapshot'] },
  {
    floor: 5,
    folder: 'control',
    may: ['base', 'model', 'policy', 'dialects/*', 'snapshot', 'secrets', 'store/port.ts'],
  },
  { floor: 6, folder: 'admin', may: ['base', 'model', 'policy', 'control', 'dialects/*', 'store/port.ts'] },
  { floor: 7, folder: 'cli', may: ['*'] },
  { floor: 7, folder: 'app.ts', may: ['*'] },
  { floor: 7, folder: 'app', may: ['*'] },
  { floor: 7, folder: 'main.ts', may: ['*'] },
]
