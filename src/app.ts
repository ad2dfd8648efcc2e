/**
 * The composition root: `app.ts` and `app/` are the only ones that know everybody. One process does everything, or a
 * supervisor looks after one that takes changes and several that carry requests.
 */

import { randomBytes, randomUUID } from 'node:crypto'
import type { Gateway, GatewaySettings, Log } from './app/settings.ts'
import { startSingleProcess } from './app/single-process.ts'
import { startSupervised } from './app/supervisor.ts'
import { type Clock, systemClock } from './base/clock.ts'

export { BadConfiguration, type Gateway, type GatewaySettings, type Level, type Log } from './app/settings.ts'

/** @throws BadConfiguration, or Error when an address can't be listened on or the store can't be opened. */
export function startGateway(given: GatewaySettings, log: Log, clock: Clock = systemClock): Promise<Gateway> {
  const settings = { seed: randomBytes(32).toString('base64url'), nodeId: randomUUID(), ...given }
  return (settings.workers ?? 1) > 1 ? startSupervised(settings, log) : startSingleProcess(settings, log, clock)
}
