import { Client } from 'pg'
import { connectionOptions, type Timeouts } from './pool.ts'
import type { Tell } from './store.ts'
import { CHANNEL } from './transaction.ts'
import { asStoreError } from './unavailable.ts'

interface Following {
  readonly url: string
  readonly timeouts: Timeouts
  readonly pollMs: number
  readonly tell: Tell
  readonly onRevision: (revision: number) => void
  /** The newest revision, read now. */
  revision(): Promise<number>
}

/** Pauses between attempts to connect again, in milliseconds; the last one stays. */
const PAUSES = [100, 250, 500, 1000, 2000, 5000]

/**
 * Hears of every write by LISTEN, on a connection of its own. What is missed while that is down is asked for when it is
 * back; and a slow poll covers what never speaks up: a connection that died in silence, a pooler that swallows notices.
 */
export function followRevisions(following: Following): { close(): void } {
  const { url, timeouts, pollMs, tell, onRevision } = following
  let client: Client | null = null
  let retrying: NodeJS.Timeout | null = null
  let failures = 0
  let closed = false

  function ask(): void {
    // Failing is fine: the database is away, and whoever is waiting for it is told by `tell`.
    following.revision().then((revision) => {
      if (!closed) onRevision(revision)
    }, ignore)
  }

  async function listen(): Promise<void> {
    // Listening waits without an end: limits of statements are no use, and the idle ones must not end it.
    const mine = new Client({ ...connectionOptions(url, timeouts), idle_in_transaction_session_timeout: 0 })
    client = mine
    const lost = (error: unknown) => {
      if (client !== mine) return
      client = null
      mine.end().catch(ignore)
      again(error)
    }
    mine.on('error', lost)
    mine.on('end', () => lost(new Error('closed by the database')))
    mine.on('notification', ({ payload }) => {
      if (!closed) onRevision(Number(payload))
    })
    try {
      await mine.connect()
      await mine.query(`LISTEN ${CHANNEL}`)
    } catch (error) {
      return lost(error)
    }
    if (closed) return
    if (failures > 0) tell('regained', 'connected again')
    failures = 0
    ask()
  }

  function again(error: unknown): void {
    if (closed) return
    if (failures === 0) tell('lost', (asStoreError(error) as Error).message)
    const pause = PAUSES[Math.min(failures++, PAUSES.length - 1)]!
    // Nodes that lost the same database must not all come back at the same instant.
    retrying = setTimeout(() => void listen(), pause * (0.5 + Math.random()))
    retrying.unref()
  }

  const polling = setInterval(ask, pollMs)
  polling.unref()
  void listen()

  return {
    close() {
      closed = true
      clearInterval(polling)
      if (retrying !== null) clearTimeout(retrying)
      const last = client
      client = null
      last?.end().catch(ignore)
    },
  }
}

function ignore(): void {}
