import { readFileSync } from 'node:fs'
import type { Flag, Input } from '../command.ts'
import { CommandFailure, UsageError } from '../failure.ts'

type Env = Readonly<Record<string, string | undefined>>

/** What a command shows the Admin API to be let in, and how it knows that it is the right one. */
export interface AdminAccess {
  readonly token: string | null
  readonly tls: AdminClientTls | null
}

/** PEM each. */
export interface AdminClientTls {
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
}

export const accessFlags = {
  'admin-token-file': {
    kind: 'text',
    hint: 'FILE',
    description:
      'Send the first token in this file: NAME:TOKEN, or the token alone. SALLYPORT_ADMIN_TOKEN may hold it instead. (SALLYPORT_ADMIN_TOKEN_FILE)',
  },
  'admin-ca': {
    kind: 'text',
    hint: 'FILE',
    description: 'Authorities (PEM) that the certificate of the Admin API is verified with. (SALLYPORT_ADMIN_CA)',
  },
  'admin-client-cert': {
    kind: 'text',
    hint: 'FILE',
    description: 'Show the Admin API this certificate (PEM). (SALLYPORT_ADMIN_CLIENT_CERT)',
  },
  'admin-client-key': {
    kind: 'text',
    hint: 'FILE',
    description: 'The key of that certificate (PEM). (SALLYPORT_ADMIN_CLIENT_KEY)',
  },
} satisfies Record<string, Flag>

/**
 * @param url of the Admin API.
 * @throws UsageError for what can't be meant, CommandFailure for a file that can't be read.
 */
export function adminAccess(input: Input, env: Env, url: string): AdminAccess {
  const named = (flag: keyof typeof accessFlags) => fileOf(flag, input.text(flag), env)
  const [ca, cert, key] = [named('admin-ca'), named('admin-client-cert'), named('admin-client-key')]
  if ((cert === null) !== (key === null)) {
    const [there, missing] = cert === null ? [key!, '--admin-client-cert'] : [cert, '--admin-client-key']
    throw new UsageError(`${there.place} needs ${missing} beside it`)
  }
  const tlsFile = ca ?? cert
  if (tlsFile !== null && !url.startsWith('https:')) {
    throw new UsageError(`${tlsFile.place}: the Admin API at ${url} is not spoken to over TLS: write https:// in front`)
  }
  const tls: AdminClientTls = {
    ...(ca === null ? {} : { ca: read(ca) }),
    ...(cert === null ? {} : { cert: read(cert), key: read(key!) }),
  }
  return { token: tokenOf(named('admin-token-file'), input, env), tls: tlsFile === null ? null : tls }
}

interface NamedFile {
  readonly file: string
  /** What it was named by. */
  readonly place: string
}

function fileOf(flag: string, given: string | undefined, env: Env): NamedFile | null {
  if (given !== undefined) return { file: given, place: `--${flag}` }
  const variable = `SALLYPORT_${flag.toUpperCase().replaceAll('-', '_')}`
  const file = env[variable] || undefined
  return file === undefined ? null : { file, place: variable }
}

/** The flag is closer than the variable that holds a token, and that closer than the one that names a file. */
function tokenOf(file: NamedFile | null, input: Input, env: Env): string | null {
  const token = env['SALLYPORT_ADMIN_TOKEN']?.trim() || null
  if (file === null || (token !== null && input.text('admin-token-file') === undefined)) {
    return token === null ? null : sendable(token, 'SALLYPORT_ADMIN_TOKEN')
  }
  const line = read(file)
    .split('\n')
    .map((each) => each.trim())
    .find((each) => each !== '' && !each.startsWith('#'))
  if (line === undefined) throw new CommandFailure(`${file.place}: ${file.file} holds no token`)
  return sendable(line.slice(line.indexOf(':') + 1), `${file.place}: ${file.file}`)
}

function sendable(token: string, place: string): string {
  if (/^[\x21-\x7e]+$/.test(token)) return token
  throw new CommandFailure(`${place}: expected a token of printable ASCII characters without blanks`)
}

function read({ file, place }: NamedFile): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
    throw new CommandFailure(`${place}: ${file} can't be read (${code})`)
  }
}
