/** Milliseconds by upper bound: an observation is a short walk and two additions. */
export class Histogram {
  readonly bounds: readonly number[]
  /** Observations per bucket, not yet summed up; the last is for what is slower than every bound. */
  readonly counts: Float64Array
  sum = 0

  constructor(bounds: readonly number[]) {
    this.bounds = bounds
    this.counts = new Float64Array(bounds.length + 1)
  }

  observe(ms: number): void {
    const { bounds } = this
    let bucket = 0
    while (bucket < bounds.length && ms > bounds[bucket]!) bucket++
    this.counts[bucket]!++
    this.sum += ms
  }
}
