import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const VERSION = '1.6.1'
const MODULE = 'sigs.k8s.io/gateway-api/conformance'
const BUILD_MS = 45 * 60_000

/** The conformance suite of the Gateway API, and the echo server that its manifests deploy. */
export interface SuitePrograms {
  /** The suite as a Go test program. */
  readonly suite: string
  /** Listens on the address that POD_IP names, on the ports that its pods have in a cluster. */
  readonly echo: string
  /** Where the suite's manifests are. */
  readonly folder: string
}

const TEST = `package gatewayconformance

import (
	"testing"

	"${MODULE}"
)

func TestConformance(t *testing.T) {
	conformance.RunConformanceWithOptions(t, conformance.DefaultOptions(t))
}
`
const TOOLS = `//go:build tools

package gatewayconformance

import _ "${MODULE}/echo-basic"
`

/** Built once, in some five minutes, then kept in the user's cache. Fails where they can't be built. */
export async function suitePrograms(diagnostic: (text: string) => void): Promise<SuitePrograms> {
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'sallyport')
  const suite = join(cache, `gateway-api-conformance-${VERSION}`)
  const echo = join(cache, `gateway-api-echo-${VERSION}`)
  const workplace = mkdtempSync(join(tmpdir(), 'sallyport-suite-'))
  try {
    const found = await go(workplace, 'mod', 'download', '-json', `${MODULE}@v${VERSION}`)
    const folder = (JSON.parse(found) as { Dir: string }).Dir
    if (existsSync(suite) && existsSync(echo)) return { suite, echo, folder }
    diagnostic(`building the conformance suite ${VERSION}: some five minutes on two cores`)
    // The suite's own go.mod looks for the API beside it: a module of ours requires the published one.
    const required = ['sigs.k8s.io/gateway-api', MODULE].map((module) => `require ${module} v${VERSION}\n`)
    const lines = [
      'module gatewayconformance\n',
      '\ngo 1.26.0\n\n',
      ...required,
      `replace ${MODULE} => ./conformance\n`,
    ]
    writeFileSync(join(workplace, 'go.mod'), lines.join(''))
    writeFileSync(join(workplace, 'conformance_test.go'), TEST)
    writeFileSync(join(workplace, 'tools.go'), TOOLS)
    await run('cp', ['-r', folder, join(workplace, 'conformance')])
    await run('chmod', ['-R', 'u+w', join(workplace, 'conformance')])
    listenOnOneAddress(join(workplace, 'conformance'))
    await go(workplace, 'mod', 'tidy')
    const made = { suite: join(workplace, 'suite'), echo: join(workplace, 'echo') }
    await go(workplace, 'test', '-c', '-p', '2', '-o', made.suite, '.')
    await go(workplace, 'build', '-p', '2', '-o', made.echo, `${MODULE}/echo-basic`)
    mkdirSync(cache, { recursive: true })
    for (const [from, to] of [[made.suite, suite] as const, [made.echo, echo] as const]) {
      // The cache may be on another file system; what is half copied there must not count as built.
      const arriving = `${to}.${process.pid}`
      await run('cp', [from, arriving])
      renameSync(arriving, to)
    }
    return { suite, echo, folder }
  } finally {
    rmSync(workplace, { recursive: true, force: true })
  }
}

/** In a cluster a pod has all addresses to itself; here pods are processes beside each other, each on one address. */
function listenOnOneAddress(folder: string): void {
  const change = (file: string, count: number, from: RegExp, to: string) => {
    const path = join(folder, file)
    const text = readFileSync(path, 'utf8')
    const found = text.match(from)?.length ?? 0
    if (found !== count) throw new Error(`${file} listens in ${found} places, not in ${count}`)
    writeFileSync(path, text.replace(from, to))
  }
  change('echo-basic/echo-basic.go', 3, /fmt\.Sprintf\(":%s"/g, 'fmt.Sprintf(os.Getenv("POD_IP")+":%s"')
  change('echo-basic/grpc/grpc.go', 2, /fmt\.Sprintf\("0\.0\.0\.0:%d"/g, 'fmt.Sprintf(os.Getenv("POD_IP")+":%d"')
}

async function go(folder: string, ...words: string[]): Promise<string> {
  const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=mod' }
  const { stdout } = await run('go', words, { cwd: folder, env, timeout: BUILD_MS, maxBuffer: 1 << 26 })
  return stdout
}
