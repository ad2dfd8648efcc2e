import { everyRequest, PLAIN_ROUTE } from './plain-route.ts'
import type { Scene } from './scene.ts'

const REPLACED_BODY = 'invalid route configuration detected and replaced with a direct response.'

/** A use that answers 500 and says that the configuration is invalid. */
export function replacement(scene: Scene): string {
  return scene.output.use('replaced', 'direct-response', { status: 500, body: REPLACED_BODY })
}

/** A route that takes every request to a host and answers 500: what stands where a scope as a whole is invalid. */
export function catchAll(scene: Scene, id: string, socket: string, host: string | null): void {
  fallback(scene, id, socket, host, Number.MAX_SAFE_INTEGER, replacement(scene))
}

/** A route that takes what no other route to a host takes, and answers as if there were none. */
export function nothingElse(scene: Scene, id: string, socket: string, host: string | null): void {
  fallback(scene, id, socket, host, -1, scene.output.use('nothing-else', 'direct-response', { status: 404 }))
}

function fallback(scene: Scene, id: string, socket: string, host: string | null, rank: number, useId: string): void {
  const backends = [{ serviceId: null, weight: 1, uses: [] }]
  scene.output.route({
    ...PLAIN_ROUTE,
    ...{ id, name: null, backends, uses: [useId], matches: [everyRequest(socket, host, rank)] },
  })
}
