import { readFileSync } from 'node:fs'

/** The release, from the package's own description (one folder above `src/` as above `dist/`). */
export function releaseOf(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
