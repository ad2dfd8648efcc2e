import { execFileSync } from 'node:child_process'

/** Debian package of each program that is not ours. */
const PACKAGES: Readonly<Record<string, string>> = {
  wrk: 'wrk',
  nginx: 'nginx-light',
  haproxy: 'haproxy',
  taskset: 'util-linux',
}

/** Installs what is missing. @throws Error that says what to install by hand where that is not possible. */
export function installPeers(): void {
  const missing = Object.entries(PACKAGES).filter(([program]) => !has(program))
  if (missing.length === 0) return
  const packages = missing.map(([, name]) => name)
  try {
    execFileSync('apt-get', ['update', '-qq'], { stdio: 'ignore' })
    execFileSync('apt-get', ['install', '-y', '-qq', ...packages], {
      stdio: 'ignore',
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    })
  } catch {
    throw new Error(
      `the benchmark needs ${packages.join(', ')}: install them (apt-get install ${packages.join(' ')}) and run it again`,
    )
  }
}

function has(program: string): boolean {
  try {
    execFileSync('which', [program], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** First line of what each peer says of its version. */
export function peerVersions(): string[] {
  const first = (program: string, ...args: string[]) => {
    try {
      return (
        execFileSync(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
          .toString()
          .split('\n')[0] ?? program
      )
    } catch {
      return program
    }
  }
  const nginx = execFileSync('sh', ['-c', 'nginx -v 2>&1']).toString().trim()
  return [`Node ${process.version}`, nginx, first('haproxy', '-v')]
}
