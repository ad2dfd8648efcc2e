import { z } from 'zod'
import { flag, oneOf, record } from '../../policy/fields.ts'

export const config = record({
  allowed_payload_size: z.int().default(128).describe('The largest body that may pass, in the unit below.'),
  size_unit: oneOf('megabytes', 'kilobytes', 'bytes')
    .default('megabytes')
    .describe('Unit of the size: 1,048,576 bytes, 1,024 bytes or one.'),
  require_content_length: flag().default(false).describe('Refuse requests that do not say how long their body is.'),
})
export type Config = z.infer<typeof config>

export const UNIT_BYTES = { megabytes: 1024 * 1024, kilobytes: 1024, bytes: 1 } as const
