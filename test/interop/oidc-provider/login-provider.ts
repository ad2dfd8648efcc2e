import { generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { installedProvider } from './provider-package.ts'

/** A real OpenID provider that people log in at, by a form. */
export interface LoginProvider {
  readonly issuer: string
  readonly port: number
  stop(): Promise<void>
}

export const CLIENT = { id: 'dashboard', secret: 'a secret & more' }

/** @param redirectUri where it sends browsers back to. @param home where it sends them after a logout. */
export async function startLoginProvider(redirectUri: string, home: string): Promise<LoginProvider> {
  const Provider = await installedProvider()
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const issuer = `http://127.0.0.1:${port}`
  const provider = new Provider(issuer, {
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'key-1', use: 'sig', alg: 'RS256' }] },
    clients: [
      {
        ...{ client_id: CLIENT.id, client_secret: CLIENT.secret, response_types: ['code'] },
        ...{ grant_types: ['authorization_code', 'refresh_token'], redirect_uris: [redirectUri] },
        ...{ token_endpoint_auth_method: 'client_secret_post', post_logout_redirect_uris: [home] },
      },
    ],
    cookies: { keys: ['a key of the test'] },
    pkce: { required: () => true },
    scopes: ['openid', 'offline_access'],
    features: { devInteractions: { enabled: true }, rpInitiatedLogout: { enabled: true } },
  })
  server.on('request', provider.callback())
  return {
    issuer,
    port,
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
