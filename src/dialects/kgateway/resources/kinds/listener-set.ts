import { parentFields } from '../fields/references.ts'
import { object, required } from '../schema/build.ts'
import { listeners } from './listener.ts'

/** More listeners for a Gateway that somebody else owns. */
export const listenerSetSpec = object({
  parentRef: required(object(parentFields())),
  listeners: required(listeners()),
})
