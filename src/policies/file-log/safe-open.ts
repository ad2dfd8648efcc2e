import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'

/** Output that the process has already; what these names link to can't be opened anew where it is a socket. */
const OWN: Readonly<Record<string, 1 | 2>> = {
  ...{ '/dev/stdout': 1, '/dev/fd/1': 1, '/proc/self/fd/1': 1 },
  ...{ '/dev/stderr': 2, '/dev/fd/2': 2, '/proc/self/fd/2': 2 },
}

export interface OpenFile {
  /** @returns how many of the bytes were written. */
  write(bytes: Uint8Array): Promise<number>
  close(): Promise<void>
}

/**
 * Opens a file for appending; one that is made only its owner may read, for records tell of people.
 *
 * A link is not followed: whoever may write to the folder could have us write anywhere. A pipe that nobody reads is an
 * error rather than a wait.
 *
 * @throws Error that says what is wrong with the path.
 */
export async function openToAppend(path: string, own: (fd: 1 | 2) => OpenFile): Promise<OpenFile> {
  const fd = Object.hasOwn(OWN, path) ? OWN[path] : undefined
  if (fd !== undefined) return own(fd)
  const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants
  const handle = await open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600).catch(inWords)
  const stat = await handle.stat()
  if (!stat.isFile() && !stat.isFIFO() && !stat.isCharacterDevice()) {
    await handle.close()
    throw new Error('it is neither a file, a pipe nor a device')
  }
  return writerOf(handle)
}

function writerOf(handle: FileHandle): OpenFile {
  return {
    write: async (bytes) => (await handle.write(bytes)).bytesWritten,
    close: () => handle.close(),
  }
}

function inWords(error: NodeJS.ErrnoException): never {
  switch (error.code) {
    case 'ELOOP':
      throw new Error('it is a link: name the file itself')
    case 'EISDIR':
      throw new Error('it is a folder')
    case 'ENOENT':
      throw new Error('its folder does not exist')
    case 'EACCES':
      throw new Error('it may not be written to')
    case 'ENXIO':
      throw new Error('it is a pipe that nobody reads')
    default:
      throw new Error(error.code ?? error.message)
  }
}
