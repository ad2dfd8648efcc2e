import { authorityOf } from '../authority.ts'
import type { Command, Group } from '../command.ts'
import { CommandFailure } from '../failure.ts'
import type { Entity } from '../gateway/admin-client.ts'
import { adminClient, gatewayFlags } from '../gateway/gateway-flags.ts'

const endpoint: Command = {
  name: 'endpoint',
  summary: 'Print the address of the proxy, as HOST:PORT',
  details: [
    'That of HTTPS, so that it can stand behind https:// in scripts. Its certificate is self-signed unless one is configured.',
  ],
  flags: {
    http: { kind: 'switch', description: 'That of HTTP.' },
    url: { kind: 'switch', description: 'With http:// or https:// in front.' },
    ...gatewayFlags,
  },
  examples: ['infra endpoint', 'infra endpoint --http --url'],
  async run(input, io) {
    const client = adminClient(input, io)
    const tls = !input.isOn('http')
    const { configuration } = (await client.get([])) as { configuration?: Entity }
    const listeners = (configuration?.['proxy_listeners'] ?? []) as { ip: string; port: number; ssl: boolean }[]
    const listener = listeners.find(({ ssl }) => ssl === tls)
    if (listener === undefined) {
      throw new CommandFailure(`the gateway has no ${tls ? 'HTTPS' : 'HTTP'} listener${tls ? '; try --http' : ''}`)
    }
    const isEverywhere = listener.ip === '0.0.0.0' || listener.ip === '::'
    const authority = isEverywhere ? `${client.host}:${listener.port}` : authorityOf(listener.ip, listener.port)
    io.out(`${input.isOn('url') ? `${tls ? 'https' : 'http'}://` : ''}${authority}\n`)
    return 0
  },
}

export const infraGroup: Group = {
  name: 'infra',
  summary: 'Where the gateway is',
  commands: [endpoint],
}
