import { integer, record } from '../../../policy/fields.ts'
import * as t from './field-types.ts'
import { readHost } from './host-name.ts'
import type { EntityKind } from './kind.ts'

const DEFAULT_PORT = 8000

/** One address behind an upstream. Only found under its upstream. */
export const target: EntityKind = {
  name: 'targets',
  path: null,
  nestedPath: 'targets',
  endpointKey: null,
  nestedKey: 'target',
  uniqueTogether: [['target', 'upstream']],
  expires: false,
  shape: record({
    id: t.id(),
    created_at: t.timeMs(),
    updated_at: t.timeMs(),
    upstream: t.foreign('upstreams', 'cascade'),
    target: t
      .checked((text) =>
        typeof readHost(text) === 'string' ? `Invalid target ('${text}'); not a valid hostname or ip address` : null,
      )
      .describe('Host name or address, with or without a port (8000).'),
    weight: integer(0, 65535).nullable().default(100),
    tags: t.tags(),
  }),
  prepare: (values) => ({ ...values, target: formattedTarget(String(values['target'])) }),
}

/** `host:port`, the way targets are stored and compared; null when it cannot be read. */
export function formattedTarget(text: string): string | null {
  const read = readHost(text)
  if (typeof read === 'string') return null
  const host = read.type === 'ipv6' ? `[${read.host}]` : read.host
  return `${host}:${read.port ?? DEFAULT_PORT}`
}
