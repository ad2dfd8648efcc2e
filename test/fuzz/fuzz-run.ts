/** How many messages a run tries, and from which seed: a failure names both, so that it can be had again. */
export const count = Number(process.env['SALLYPORT_FUZZ'] ?? 10_000)
export const seed = Number(process.env['SALLYPORT_FUZZ_SEED'] ?? Date.now() & 0x7fffffff)
