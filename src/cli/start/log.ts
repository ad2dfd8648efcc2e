import { destination, pino } from 'pino'
import type { Level, Log } from '../../app.ts'

/** JSON lines on standard error: level, time, message, fields. Written at once, so that none is lost in a crash. */
export function processLog(): Log & { fatal(fields: Record<string, unknown>, message: string): void } {
  const log = pino(
    {
      base: null,
      messageKey: 'message',
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination({ fd: 2, sync: true }),
  )
  return Object.assign(log, {
    setLevel(level: Level) {
      log.level = level
    },
  })
}
