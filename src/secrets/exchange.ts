import { EXCHANGE_MS, type VaultMeans } from './vault.ts'

export interface Answered {
  readonly status: number
  readonly text: string
}

/** A vault's answer, or why there was none in time. Never with what was sent. */
export async function exchange(
  fetch: VaultMeans['fetch'],
  url: string,
  init: RequestInit,
): Promise<Answered | { readonly problem: string }> {
  try {
    // A redirect could lead a token to somebody else.
    const signal = AbortSignal.timeout(EXCHANGE_MS)
    const response = await fetch(url, { ...init, redirect: 'error', signal })
    return { status: response.status, text: await response.text() }
  } catch (error) {
    return { problem: `${hostOf(url)} can't be reached (${shortReason(error)})` }
  }
}

/** Null for what is no JSON object. */
export function jsonObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null
  } catch {
    return null
  }
}

/** A member of nested objects; undefined where there is none. */
export function memberOf(value: unknown, ...path: readonly string[]): unknown {
  let inner = value
  for (const name of path) {
    if (typeof inner !== 'object' || inner === null || !Object.hasOwn(inner, name)) return undefined
    inner = (inner as Record<string, unknown>)[name]
  }
  return inner
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : 'the address of the vault'
}

function shortReason(error: unknown): string {
  if (!(error instanceof Error)) return 'no answer'
  if (error.name === 'TimeoutError') return `no answer within ${EXCHANGE_MS / 1000} s`
  const cause = error.cause
  const code = cause instanceof Error && 'code' in cause ? cause.code : null
  return typeof code === 'string' ? code : 'no answer'
}
