import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Of Kubernetes; its parts are published as v0 with the same numbers. */
const VERSION = '1.34.4'
const HELM_VERSION = '3.21.4'
const BUILD_MS = 45 * 60_000

const GATEWAY_API = 'sigs.k8s.io/gateway-api@v1.6.1'
const KGATEWAY = 'github.com/kgateway-dev/kgateway/v2@v2.4.2'

export type Program = 'kube-apiserver' | 'kubectl'

/** Path of one of Kubernetes' programs: built once (the API server in some ten minutes), then kept in the user's cache. */
export async function kubeProgram(name: Program, diagnostic: (text: string) => void): Promise<string> {
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'sallyport')
  const program = join(cache, `${name}-${VERSION}`)
  if (existsSync(program)) return program
  diagnostic(`building ${name} ${VERSION}: some ten minutes on two cores`)
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-kube-'))
  try {
    const built = join(folder, name)
    const module = `k8s.io/kubernetes/cmd/${name}`
    writeFileSync(join(folder, 'go.mod'), await wrapperModule())
    writeFileSync(join(folder, 'tools.go'), `//go:build tools\n\npackage tools\n\nimport _ "${module}"\n`)
    const stamp = `-s -w -X k8s.io/component-base/version.gitVersion=v${VERSION}`
    await go(folder, 'mod', 'tidy')
    await go(folder, 'build', '-p', '1', '-trimpath', '-ldflags', stamp, '-o', built, module)
    mkdirSync(cache, { recursive: true })
    // The cache may be on another file system; what is half copied there must not count as built.
    const arriving = `${program}.${process.pid}`
    await run('cp', [built, arriving])
    renameSync(arriving, program)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  return program
}

/** Helm itself, built once and kept likewise. */
export async function helmProgram(diagnostic: (text: string) => void): Promise<string> {
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'sallyport')
  const program = join(cache, `helm-${HELM_VERSION}`)
  if (existsSync(program)) return program
  diagnostic(`building helm ${HELM_VERSION}: some ten minutes on two cores`)
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-helm-'))
  try {
    const module = `helm.sh/helm/v3/cmd/helm@v${HELM_VERSION}`
    await go(folder, 'install', '-p', '1', '-trimpath', module)
    mkdirSync(cache, { recursive: true })
    const arriving = `${program}.${process.pid}`
    await run('cp', [join(folder, 'helm'), arriving])
    renameSync(arriving, program)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  return program
}

/** The definitions of the kinds that we read, as texts: Gateway API's standard channel and kgateway's. */
export async function definitions(): Promise<string[]> {
  const gatewayApi = join(await moduleFolder(GATEWAY_API), 'config/crd/standard')
  const kgateway = join(await moduleFolder(KGATEWAY), 'install/helm/kgateway-crds/templates')
  const ours = [
    'gatewayclasses',
    'gateways',
    'httproutes',
    'grpcroutes',
    'referencegrants',
    'listenersets',
    'backendtlspolicies',
  ]
  const theirs = ['trafficpolicies', 'gatewayextensions', 'backends', 'directresponses']
  return [
    ...ours.map((plural) => join(gatewayApi, `gateway.networking.k8s.io_${plural}.yaml`)),
    ...theirs.map((plural) => join(kgateway, `gateway.kgateway.dev_${plural}.yaml`)),
    // They are templates of a chart, but what a template would change is in descriptions only.
  ].map((path) => readFileSync(path, 'utf8').replaceAll(/^.*\{\{.*\n/gm, ''))
}

/** A module of ours that requires Kubernetes and repeats, of its `replace` lines, where its parts really are. */
async function wrapperModule(): Promise<string> {
  const { GoMod } = JSON.parse(await go('/', 'mod', 'download', '-json', `k8s.io/kubernetes@v${VERSION}`)) as {
    GoMod: string
  }
  const theirs = readFileSync(GoMod, 'utf8')
  const parts = [...theirs.matchAll(/(k8s\.io\/[a-z0-9-]+) => \.\/staging/g)].map(([, part]) => part)
  const needed = /^go .*$/m.exec(theirs)![0]
  const replaced = parts.map((part) => `replace ${part} => ${part} v0${VERSION.slice(1)}`)
  return ['module kubeprograms', needed, `require k8s.io/kubernetes v${VERSION}`, ...replaced, ''].join('\n')
}

async function moduleFolder(module: string): Promise<string> {
  return (JSON.parse(await go('/', 'mod', 'download', '-json', module)) as { Dir: string }).Dir
}

async function go(folder: string, ...words: string[]): Promise<string> {
  const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=mod', GOBIN: folder }
  const { stdout } = await run('go', words, { cwd: folder, env, timeout: BUILD_MS, maxBuffer: 1 << 26 })
  return stdout
}
