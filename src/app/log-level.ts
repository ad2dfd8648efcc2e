import type { LogLevel } from '../dialects/kong/admin/node-info.ts'
import type { Level, Log } from './settings.ts'

/** Kong's levels, and ours that they come to. */
const LEVELS: Readonly<Record<string, Level>> = {
  ...{ debug: 'debug', info: 'info', notice: 'info', warn: 'warn', error: 'error' },
  ...{ crit: 'fatal', alert: 'fatal', emerg: 'fatal' },
}
const USUAL = 'notice'
/** As long as a timer can wait. Seconds. */
const LONGEST = 2_147_483

/** The level of a log, which can be changed while it is written, for a time or for good. */
export function logLevelOf(log: Log): LogLevel {
  let current = USUAL
  let back: NodeJS.Timeout | undefined
  const set = (name: string) => {
    current = name
    log.setLevel?.(LEVELS[name]!)
  }
  return {
    names: Object.keys(LEVELS),
    current: () => current,
    change(name, seconds) {
      clearTimeout(back)
      set(name)
      if (seconds === 0) return
      back = setTimeout(() => set(USUAL), Math.min(seconds, LONGEST) * 1000)
      back.unref()
    },
  }
}
