import { list, map, object, required, text } from '../schema/build.ts'

/** All labels and all expressions must hold; an empty selector takes everything. */
export const labelSelector = () =>
  object({
    matchLabels: map(text()),
    matchExpressions: list(object({ key: required(text()), operator: required(text()), values: list(text()) })),
  })
