import { join } from 'node:path'
import { valueInText } from '../one-value.ts'
import { failed, found, type Vault, type VaultMeans } from '../vault.ts'

/**
 * Secrets in files below one folder, such as orchestrators mount: `RESOURCE` is a file, and `RESOURCE/KEY` a member of
 * a JSON file or, where RESOURCE is a folder, a file in it.
 */
export function fileVault({ readFile }: Pick<VaultMeans, 'readFile'>): Vault {
  return {
    async read({ resource, key, version }, config) {
      if (version !== null && version !== 1) return failed('files have no versions')
      const prefix = config['prefix']
      if (typeof prefix !== 'string') return failed('the vault needs `prefix`, the folder that its files are in')
      // A name must not lead out of the folder; symbolic links may, since mounted secrets are made of them.
      const names = [...resource.split('/'), ...(key === null ? [] : key.split('/'))]
      if (names.some((name) => name === '..' || name === '.' || name === '' || /[\0\\]/.test(name))) {
        return failed('the name of the file must be below the folder of the vault')
      }
      try {
        return valueInText(withoutLastBreak(await readFile(join(prefix, resource))), key)
      } catch (error) {
        const isFolder = error instanceof Error && 'code' in error && error.code === 'EISDIR'
        if (!isFolder || key === null) return failed(reason(error))
      }
      try {
        return found(withoutLastBreak(await readFile(join(prefix, resource, key))))
      } catch (error) {
        return failed(reason(error))
      }
    },
  }
}

/** Editors and `echo` end a file with a line break that nobody means. */
function withoutLastBreak(text: string): string {
  return text.replace(/\r?\n$/, '')
}

function reason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : null
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'there is no such file'
  if (code === 'EISDIR') return 'this is a folder, not a file'
  return code === 'EACCES' ? 'the file may not be read' : 'the file could not be read'
}
