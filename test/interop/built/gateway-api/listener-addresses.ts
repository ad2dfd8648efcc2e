import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'

interface Listener {
  readonly name: string
  readonly port: number
  readonly protocol: string
}
interface Listening {
  readonly kind: string
  readonly metadata: { readonly namespace: string; readonly name: string }
  readonly spec: {
    readonly parentRef?: { readonly name: string; readonly namespace?: string }
    readonly listeners?: readonly Listener[]
  }
}

/** Listeners that tests add to a Gateway while they run. */
const ADDED: Readonly<Record<string, Listener>> = {
  'gateway-add-listener': { name: 'http', port: 80, protocol: 'HTTP' },
  'gateway-observed-generation-bump': { name: 'alternate', port: 80, protocol: 'HTTP' },
}

/**
 * The `--listener` words that give every Gateway of the suite's manifests an address of its own, as a load balancer
 * would: the suite asks for a Gateway's listeners by the ports that they name.
 *
 * @param address of the n-th Gateway.
 */
export function listenerWords(folder: string, address: (n: number) => string): string[] {
  const manifests = ['base', 'tests'].flatMap((each) =>
    readdirSync(join(folder, each))
      .filter((name) => name.endsWith('.yaml'))
      .sort()
      .flatMap((name) => objectsOf(readFileSync(join(folder, each, name), 'utf8'))),
  )
  const gateways = [...new Set(manifests.filter(({ kind }) => kind === 'Gateway').map(named))]
  const words: string[] = []
  for (const object of manifests) {
    const { namespace, name } = object.metadata
    const parent = object.spec.parentRef
    const gateway = parent === undefined ? named(object) : `${parent.namespace ?? namespace}/${parent.name}`
    const number = gateways.indexOf(gateway)
    if (number < 0) continue
    const added = ADDED[name]
    for (const listener of [...(object.spec.listeners ?? []), ...(added === undefined ? [] : [added])]) {
      if (listener.protocol !== 'HTTP' && listener.protocol !== 'HTTPS') continue
      const at = `${listener.protocol.toLowerCase()}://${address(number)}:${listener.port}`
      words.push('--listener', `${namespace}/${name}/${listener.name}=${at}`)
    }
  }
  return words
}

function objectsOf(text: string): Listening[] {
  return parseAllDocuments(text.replaceAll('{GATEWAY_CLASS_NAME}', 'kgateway'))
    .map((document) => document.toJS() as Listening | null)
    .filter((object) => object?.kind === 'Gateway' || object?.kind === 'ListenerSet') as Listening[]
}

const named = ({ metadata: { namespace, name } }: Listening): string => `${namespace}/${name}`
