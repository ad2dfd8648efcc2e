/**
 * What a cluster's controllers and its nodes do with the suite's Deployments, as far as the suite looks: a pod for every
 * replica, which is a process of the suite's echo server on an address of its own, and EndpointSlices for Services.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { hasStatus } from '../../../../src/dialects/kgateway/kube/api/api-error.ts'
import type { KubeApi } from '../../../../src/dialects/kgateway/kube/api/kube-api.ts'

const PERIOD_MS = 250
const NODE = 'here'

interface Meta {
  readonly name: string
  readonly namespace: string
  readonly uid: string
  readonly labels?: Readonly<Record<string, string>>
}
interface Container {
  readonly name: string
  readonly image: string
  readonly env?: readonly {
    readonly name: string
    readonly value?: string
    readonly valueFrom?: { readonly fieldRef: { readonly fieldPath: string } }
  }[]
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[]
}
interface Volume {
  readonly name: string
  readonly secret?: {
    readonly secretName: string
    readonly items: readonly { readonly key: string; readonly path: string }[]
  }
}
interface Deployment {
  readonly metadata: Meta
  readonly spec: {
    readonly replicas: number
    readonly template: {
      readonly metadata: { readonly labels: Readonly<Record<string, string>> }
      readonly spec: { readonly containers: readonly Container[]; readonly volumes?: readonly Volume[] }
    }
  }
}
interface Service {
  readonly metadata: Meta
  readonly spec: {
    readonly selector?: Readonly<Record<string, string>>
    readonly ports: readonly {
      readonly name?: string
      readonly protocol: string
      readonly targetPort: number
      readonly appProtocol?: string
    }[]
  }
}

interface Pod {
  readonly name: string
  readonly ip: string
  readonly deployment: Deployment
  readonly child: ChildProcess
  isReady: boolean
}

export interface Pods {
  stop(): Promise<void>
}

export interface PodsOptions {
  readonly api: KubeApi
  /** The echo server. */
  readonly program: string
  /** For the files that pods mount. */
  readonly folder: string
  /** Address of the n-th pod. */
  readonly address: (n: number) => string
  readonly say: (text: string) => void
}

/** Follows what is deployed until it is stopped. */
export function startPods({ api, program, folder, address, say }: PodsOptions): Pods {
  const stopping = new AbortController()
  const pods = new Map<string, Pod>()
  const slices = new Map<string, string>()
  const accounts = new Set<string>()
  let count = 0

  async function all<T>(path: string): Promise<readonly T[]> {
    return ((await api.get(path, {}, stopping.signal)) as { items: readonly T[] }).items
  }
  async function create(path: string, object: object): Promise<void> {
    await api.send('POST', path, object, stopping.signal).catch((error: unknown) => {
      if (!hasStatus(error, 409)) throw error
    })
  }

  /** No pod is taken in a namespace whose default account is not there. */
  async function accountIn(namespace: string): Promise<void> {
    if (accounts.has(namespace)) return
    await create(`/api/v1/namespaces/${namespace}/serviceaccounts`, { metadata: { name: 'default' } })
    accounts.add(namespace)
  }

  async function start(deployment: Deployment, name: string): Promise<void> {
    const { namespace } = deployment.metadata
    const { metadata, spec } = deployment.spec.template
    const [container] = spec.containers as [Container]
    const ip = address(count)
    const files = join(folder, namespace, name)
    const mounts: { readonly path: string; readonly at: string }[] = []
    for (const { name: volume, secret } of spec.volumes ?? []) {
      const mountPath = container.volumeMounts?.find((each) => each.name === volume)?.mountPath
      if (secret === undefined || mountPath === undefined) continue
      const path = `/api/v1/namespaces/${namespace}/secrets/${secret.secretName}`
      // A pod waits for the Secrets that it mounts: the next round tries again.
      const found = (await api.get(path, {}, stopping.signal).catch((error: unknown) => {
        if (hasStatus(error, 404)) return null
        throw error
      })) as { data: Record<string, string> } | null
      if (found === null) return
      const at = join(files, volume)
      mkdirSync(at, { recursive: true })
      for (const item of secret.items) {
        writeFileSync(join(at, item.path), Buffer.from(found.data[item.key]!, 'base64'), { mode: 0o600 })
      }
      mounts.push({ path: mountPath, at })
    }
    const fields: Record<string, string> = { 'metadata.name': name, 'metadata.namespace': namespace }
    const env: Record<string, string> = { POD_IP: ip }
    for (const each of container.env ?? []) {
      const value = each.value ?? fields[each.valueFrom?.fieldRef.fieldPath ?? ''] ?? ''
      const mount = mounts.find(({ path }) => value.startsWith(`${path}/`))
      env[each.name] = mount === undefined ? value : join(mount.at, value.slice(mount.path.length))
    }
    await accountIn(namespace)
    await create(`/api/v1/namespaces/${namespace}/pods`, {
      metadata: { name, namespace, labels: metadata.labels },
      spec: { ...spec, nodeName: NODE },
    })
    count++
    const child = spawn(program, [], { env, stdio: ['ignore', 'ignore', 'pipe'] })
    child.stderr.on('data', (chunk: Buffer) => say(`${namespace}/${name}: ${chunk}`))
    pods.set(`${namespace}/${name}`, { name, ip, deployment, child, isReady: false })
  }

  async function becomeReady(pod: Pod): Promise<void> {
    if (pod.isReady || !(await listens(pod.ip, 3000))) return
    const { namespace } = pod.deployment.metadata
    const now = new Date().toISOString()
    const conditions = ['Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map((type) => ({
      ...{ type, status: 'True', lastTransitionTime: now },
    }))
    const status = { phase: 'Running', podIP: pod.ip, podIPs: [{ ip: pod.ip }], conditions, startTime: now }
    await api.patch(`/api/v1/namespaces/${namespace}/pods/${pod.name}/status`, { status }, stopping.signal)
    pod.isReady = true
    await tellDeployment(pod.deployment)
  }

  async function tellDeployment({ metadata, spec: { replicas } }: Deployment): Promise<void> {
    const ready = [...pods.values()].filter((pod) => pod.isReady && pod.deployment.metadata.uid === metadata.uid).length
    const now = new Date().toISOString()
    const status = {
      ...{ replicas, readyReplicas: ready, availableReplicas: ready, updatedReplicas: replicas },
      conditions: [
        {
          type: 'Available',
          status: ready === replicas ? 'True' : 'False',
          lastUpdateTime: now,
          lastTransitionTime: now,
        },
      ],
    }
    const path = `/apis/apps/v1/namespaces/${metadata.namespace}/deployments/${metadata.name}/status`
    await api.patch(path, { status }, stopping.signal)
  }

  async function endpointsOf({ metadata: { namespace, name }, spec }: Service): Promise<void> {
    if (spec.selector === undefined) return
    const selected = Object.entries(spec.selector)
    const endpoints = [...pods.values()]
      .filter(({ isReady, deployment }) => isReady && deployment.metadata.namespace === namespace)
      .filter(({ deployment }) =>
        selected.every(([key, value]) => deployment.spec.template.metadata.labels[key] === value),
      )
      .map((pod) => ({
        ...{ addresses: [pod.ip], conditions: { ready: true }, nodeName: NODE },
        targetRef: { kind: 'Pod', name: pod.name, namespace },
      }))
    const ports = spec.ports.map(({ name: port = '', protocol, targetPort, appProtocol }) => ({
      ...{ name: port, protocol, port: targetPort },
      ...(appProtocol !== undefined && { appProtocol }),
    }))
    const key = `${namespace}/${name}`
    const text = JSON.stringify({ endpoints, ports })
    if (slices.get(key) === text) return
    const labels = { 'kubernetes.io/service-name': name }
    const path = `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`
    const slice = { metadata: { name: `${name}-pods`, labels }, addressType: 'IPv4', endpoints, ports }
    await create(path, slice)
    await api.patch(`${path}/${name}-pods`, { endpoints, ports }, stopping.signal)
    slices.set(key, text)
  }

  async function round(): Promise<void> {
    const deployments = (await all<Deployment>('/apis/apps/v1/deployments')).filter(speaksHttp)
    for (const deployment of deployments) {
      const { namespace, name } = deployment.metadata
      for (let n = 0; n < deployment.spec.replicas; n++) {
        if (!pods.has(`${namespace}/${name}-pod-${n}`)) await start(deployment, `${name}-pod-${n}`)
      }
    }
    const present = new Set(deployments.map(({ metadata }) => metadata.uid))
    for (const [key, pod] of pods) {
      if (present.has(pod.deployment.metadata.uid)) {
        await becomeReady(pod)
        continue
      }
      pod.child.kill('SIGKILL')
      pods.delete(key)
    }
    for (const service of await all<Service>('/api/v1/services')) await endpointsOf(service)
  }

  async function rounds(): Promise<void> {
    while (!stopping.signal.aborted) {
      // The suite changes things while we look: what went wrong is done anew in the next round.
      await round().catch((error: unknown) => stopping.signal.aborted || say(`pods: ${error}`))
      await new Promise((resolve) => setTimeout(resolve, PERIOD_MS))
    }
  }
  const running = rounds()
  const killAll = () => {
    for (const { child } of pods.values()) child.kill('SIGKILL')
  }
  process.on('exit', killAll)
  return {
    async stop() {
      stopping.abort()
      await running
      killAll()
      process.off('exit', killAll)
    },
  }
}

/** What answers TCP or UDP alone is for routes that we have not. */
function speaksHttp({ spec }: Deployment): boolean {
  const [{ image, env = [] }] = spec.template.spec.containers as [Container]
  return image.includes('/echo-basic:') && !env.some(({ name }) => /^(TCP|UDP)_ECHO_SERVER$/.test(name))
}

function listens(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port })
    socket.once('connect', () => resolve(true))
    socket.once('error', () => resolve(false))
    socket.once('close', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
