import { execFile } from 'node:child_process'
import type { Clock } from '../../../../base/clock.ts'
import { anonymous, type Credential, type Credentials } from './access.ts'

/** A program that prints a credential, as kubeconfig files of most clouds name one. */
export interface CredentialProgram {
  readonly apiVersion: string
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** What the program is told of the cluster, where the file asks for it. */
  readonly cluster: object | null
  /** Where relative commands stand. */
  readonly folder: string
}

const LONGEST_RUN_MS = 60_000
/** A credential is not handed out any more when it has this long to live. */
const MARGIN_MS = 10_000

/** Credentials of a program, asked for when the last one has run out or was refused. */
export class ExecCredentials implements Credentials {
  readonly #program: CredentialProgram
  readonly #clock: Clock
  #running: Promise<Held> | null = null
  #held: Held | null = null

  constructor(program: CredentialProgram, clock: Clock) {
    this.#program = program
    this.#clock = clock
  }

  async current(): Promise<Credential> {
    if (this.#held !== null && this.#clock.now() < this.#held.until) return this.#held.credential
    this.#running ??= run(this.#program).finally(() => {
      this.#running = null
    })
    this.#held = await this.#running
    return this.#held.credential
  }

  refused(): void {
    this.#held = null
  }
}

interface Held {
  readonly credential: Credential
  /** Milliseconds since the epoch. */
  readonly until: number
}

function run({ apiVersion, command, args, env, cluster, folder }: CredentialProgram): Promise<Held> {
  const spec = { interactive: false, ...(cluster !== null && { cluster }) }
  const asked = JSON.stringify({ apiVersion, kind: 'ExecCredential', spec })
  const options = {
    cwd: folder,
    env: { ...process.env, ...env, KUBERNETES_EXEC_INFO: asked },
    timeout: LONGEST_RUN_MS,
    maxBuffer: 1024 * 1024,
  }
  return new Promise((resolve, reject) => {
    execFile(command, [...args], options, (error, stdout) => {
      // Nothing that it printed is shown: it may be a token.
      if (error !== null) reject(new Error(`credential program '${command}' failed: ${reasonOf(error)}`))
      else {
        const held = credentialIn(stdout)
        if (held === null) reject(new Error(`credential program '${command}' printed no ExecCredential`))
        else resolve(held)
      }
    })
  })
}

function reasonOf(error: Error & { code?: string | number | null; killed?: boolean }): string {
  if (error.killed === true) return `it took more than ${LONGEST_RUN_MS / 1000} s`
  return typeof error.code === 'number' ? `it ended with code ${error.code}` : String(error.code ?? 'unknown reason')
}

function credentialIn(printed: string): Held | null {
  let status: unknown
  try {
    status = (JSON.parse(printed) as { status?: unknown }).status
  } catch {
    return null
  }
  if (typeof status !== 'object' || status === null) return null
  const { token, clientCertificateData, clientKeyData, expirationTimestamp } = status as Record<string, unknown>
  const hasToken = typeof token === 'string'
  const hasCertificate = typeof clientCertificateData === 'string' && typeof clientKeyData === 'string'
  if (!hasToken && !hasCertificate) return null
  const ends = typeof expirationTimestamp === 'string' ? Date.parse(expirationTimestamp) : Number.NaN
  return {
    until: Number.isNaN(ends) ? Number.POSITIVE_INFINITY : ends - MARGIN_MS,
    credential: {
      ...anonymous,
      ...(hasToken && { authorization: `Bearer ${token}` }),
      ...(hasCertificate && { certificate: clientCertificateData, key: clientKeyData }),
    },
  }
}
