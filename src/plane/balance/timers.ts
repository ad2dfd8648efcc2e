/** Passed in, so that tests travel in time. */
export interface Timers {
  after(ms: number, run: () => void): { cancel(): void }
  every(ms: number, run: () => void): { cancel(): void }
}

/** Timers that keep no process alive. */
export const systemTimers: Timers = {
  after(ms, run) {
    const timer = setTimeout(run, ms).unref()
    return { cancel: () => clearTimeout(timer) }
  },
  every(ms, run) {
    const timer = setInterval(run, ms).unref()
    return { cancel: () => clearInterval(timer) }
  },
}
