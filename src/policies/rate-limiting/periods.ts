/** Windows in which requests are counted, shortest first. */
export const PERIODS = ['second', 'minute', 'hour', 'day', 'month', 'year'] as const
export type Period = (typeof PERIODS)[number]

/** From `start` to just before `end`, in milliseconds since the epoch. */
export interface Window {
  readonly start: number
  readonly end: number
}

const FIXED_MS = { second: 1000, minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const

/** The calendar window (UTC) that holds the time `now`. */
export function windowAt(period: Period, now: number): Window {
  switch (period) {
    case 'month': {
      const at = new Date(now)
      const [year, month] = [at.getUTCFullYear(), at.getUTCMonth()]
      return { start: Date.UTC(year, month), end: Date.UTC(year, month + 1) }
    }
    case 'year': {
      const year = new Date(now).getUTCFullYear()
      return { start: Date.UTC(year, 0), end: Date.UTC(year + 1, 0) }
    }
    default: {
      const length = FIXED_MS[period]
      const start = Math.floor(now / length) * length
      return { start, end: start + length }
    }
  }
}
