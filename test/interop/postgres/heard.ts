/** What was called back, and a way to wait for something of it. */
export interface Heard<T> {
  readonly all: readonly T[]
  hear(value: T): void
  /** Resolves once a value that fits was heard, since the last one that was waited for. */
  until(fits: (value: T) => boolean): Promise<T>
}

export function heard<T>(): Heard<T> {
  const all: T[] = []
  let seen = 0
  let wake = () => {}
  return {
    all,
    hear(value) {
      all.push(value)
      wake()
    },
    async until(fits) {
      for (;;) {
        while (seen < all.length) {
          const value = all[seen++]!
          if (fits(value)) return value
        }
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    },
  }
}
