import { type Store, StoreUnavailable } from '../../../store/port.ts'
import type { Values } from '../entities/kind.ts'
import type { NodeInfo } from './node-info.ts'
import { badRequest } from './problem.ts'

const UNITS: Readonly<Record<string, number>> = { b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 }

/** What `/status` answers. @throws AdminProblem for a unit or scale that is none */
export async function nodeStatus(store: Store, info: NodeInfo, query: URLSearchParams): Promise<Values> {
  const unit = (query.get('unit') ?? 'm').toLowerCase()
  const scale = Number(query.get('scale') ?? 2)
  const divisor = Object.hasOwn(UNITS, unit) ? UNITS[unit]! : null
  if (divisor === null) throw badRequest(`invalid unit '${unit}' (expected 'k/K', 'm/M', or 'g/G')`)
  if (!Number.isInteger(scale) || scale < 0 || scale > 100) throw badRequest('scale must be equal or greater than 0')
  const used = process.memoryUsage().heapUsed
  const size = unit === 'b' ? used : `${(used / divisor).toFixed(scale)} ${unit.toUpperCase()}iB`
  const { accepted, open, busy, requests } = await info.figures()
  return {
    memory: { workers_lua_vms: [{ pid: process.pid, http_allocated_gc: size }], lua_shared_dicts: {} },
    server: {
      connections_accepted: accepted,
      connections_active: open,
      connections_handled: accepted,
      connections_reading: 0,
      connections_waiting: Math.max(0, open - busy),
      connections_writing: busy,
      total_requests: requests,
    },
    ...(info.declared
      ? { configuration_hash: info.declared.hash }
      : { database: { reachable: await isReachable(store) } }),
  }
}

export async function isReachable(store: Store): Promise<boolean> {
  try {
    await store.tags({ tag: null, size: 1, offset: 0 })
    return true
  } catch (error) {
    if (error instanceof StoreUnavailable) return false
    throw error
  }
}
