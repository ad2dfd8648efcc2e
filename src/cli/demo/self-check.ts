import { createSecretKey, randomBytes } from 'node:crypto'
import { signCompact } from '../../identity/jose/sign-compact.ts'
import { CommandFailure, failureText } from '../failure.ts'
import type { Seen } from './sample-service.ts'

/** What a call through the gateway came to. */
export interface Called {
  readonly status: number
  readonly body: string
}

/** The credential that `jwt add` made. */
export interface DemoCredential {
  readonly key: string
  readonly secret: string
}

/** A token as the consumer would make it. @param now milliseconds. */
export function demoToken({ key, secret }: DemoCredential, now: number): string {
  const exp = Math.floor(now / 1000) + 24 * 3600
  return signCompact('HS256', createSecretKey(Buffer.from(secret)), { iss: key, exp, some: 'payload' })
}

/** The same token, signed by someone who does not know the secret. */
export function forgedToken(credential: DemoCredential, now: number): string {
  return demoToken({ ...credential, secret: randomBytes(24).toString('base64') }, now)
}

/** @throws CommandFailure when nothing comes back. */
export async function call(url: string, headers: Readonly<Record<string, string>>): Promise<Called> {
  try {
    const response = await fetch(url, { headers, signal: AbortSignal.timeout(10_000) })
    return { status: response.status, body: await response.text() }
  } catch (error) {
    throw new CommandFailure(`a call to ${url} was not answered: ${failureText((error as Error).cause ?? error)}`)
  }
}

/** @throws CommandFailure that says what was expected and what came. */
export function expectStatus(what: string, called: Called, status: number): void {
  if (called.status === status) return
  throw new CommandFailure(`${what}: expected ${status}, but got ${called.status}: ${called.body.trim()}`)
}

/** What the sample service saw of an accepted call. @throws CommandFailure when it was not told who called. */
export function expectSeen(called: Called, consumer: string): Seen {
  const { saw } = JSON.parse(called.body) as { saw: Seen }
  const told = saw.headers['x-consumer-username']
  if (told !== consumer) {
    throw new CommandFailure(
      `the service should have been told that ${consumer} called, but was told: ${told ?? 'nobody'}`,
    )
  }
  return saw
}
