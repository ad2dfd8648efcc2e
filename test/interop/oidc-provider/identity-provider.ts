import { generateKeyPairSync } from 'node:crypto'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { installedProvider } from './provider-package.ts'

const CLIENT = { id: 'shop', secret: 'a secret of the test' }

/** A real OpenID provider, whose signing key changes when it is told to. */
export interface IdentityProvider {
  readonly issuer: string
  readonly port: number
  /** An access token, as its client gets it: a JWT, signed with the newest key. */
  token(audience: string): Promise<string>
  /** Signs with a new key from now on; of the older ones the newest stays in the key set. */
  rotate(): void
  /** How often its key set was asked for. */
  readonly setsGiven: () => number
  stop(): Promise<void>
}

/** Fails where none can be installed: the point is the real thing. */
export async function startIdentityProvider(): Promise<IdentityProvider> {
  const Provider = await installedProvider()
  let keys: object[] = []
  let listener: RequestListener = (_request, response) => response.end()
  let setsGiven = 0
  const server = createServer((request, response) => {
    if (request.url === '/jwks') setsGiven++
    listener(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const issuer = `http://127.0.0.1:${port}`
  let serial = 0

  function rotate(): void {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const key = { ...privateKey.export({ format: 'jwk' }), kid: `key-${++serial}`, use: 'sig', alg: 'RS256' }
    keys = [key, ...keys.slice(0, 1)]
    listener = new Provider(issuer, {
      jwks: { keys },
      clients: [
        {
          ...{ client_id: CLIENT.id, client_secret: CLIENT.secret, grant_types: ['client_credentials'] },
          ...{ redirect_uris: [], response_types: [] },
        },
      ],
      features: {
        clientCredentials: { enabled: true },
        devInteractions: { enabled: false },
        resourceIndicators: {
          enabled: true,
          getResourceServerInfo: (_context: unknown, audience: string) => ({
            ...{ scope: 'orders', audience, accessTokenFormat: 'jwt', accessTokenTTL: 600 },
            jwt: { sign: { alg: 'RS256' } },
          }),
        },
      },
    }).callback()
  }

  rotate()
  return {
    issuer,
    port,
    rotate,
    setsGiven: () => setsGiven,
    async token(audience) {
      const credentials = Buffer.from(`${CLIENT.id}:${encodeURIComponent(CLIENT.secret)}`).toString('base64')
      const answer = await fetch(`${issuer}/token`, {
        method: 'POST',
        headers: { authorization: `Basic ${credentials}` },
        body: new URLSearchParams({ grant_type: 'client_credentials', resource: audience, scope: 'orders' }),
      })
      const { access_token: token } = (await answer.json()) as { access_token?: string }
      if (token === undefined) throw new Error(`the identity provider gave no token: ${answer.status}`)
      return token
    },
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
