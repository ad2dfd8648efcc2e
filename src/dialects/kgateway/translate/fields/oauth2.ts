import { createHmac } from 'node:crypto'
import type { Resource } from '../../resources/resource.ts'
import type { BackendRef } from '../backends.ts'
import type { ProviderEndpoints } from '../discovery.ts'
import { pointerOf } from '../extensions.ts'
import { type FieldEffect, type Filter, STAGE } from '../filter.ts'
import { PolicyError, within } from '../policy-error.ts'
import type { Scene } from '../scene.ts'
import { secretText } from '../secrets.ts'

type Policy = Resource<'TrafficPolicy'>
type Extension = Resource<'GatewayExtension'>
type Definition = NonNullable<Extension['spec']['oauth2']>

const USUAL_REDIRECT = '%REQ(x-forwarded-proto)%://%REQ(:authority)%/oauth2/redirect'

/** A login, and behind it the check of its tokens where the extension asks for one. */
export function oauth2(scene: Scene, policy: Policy, value: NonNullable<Policy['spec']['oauth2']>): FieldEffect {
  // kgateway says `extauth` here too
  return within('extauth', () => {
    const extension = scene.extensions.find(policy, value.extensionRef, 'oauth2')
    const { namespace, name } = extension.metadata
    const { login, tokens } = oauth2Configs(scene, extension)
    const filter = `envoy.filters.http.oauth2/${namespace}/${name}`
    const filters: Filter[] = [
      {
        stage: STAGE.login,
        name: filter,
        useId: scene.output.use(`oauth2/${namespace}/${name}`, 'oauth2-login', login),
      },
    ]
    if (tokens !== null) {
      const check = `envoy.filters.http.oauth2/jwt/${namespace}/${name}`
      const useId = scene.output.use(`oauth2/jwt/${namespace}/${name}`, 'jwt-authn', tokens)
      filters.push({ stage: STAGE.authentication, name: check, useId })
    }
    return { filters }
  })
}

interface Configs {
  readonly login: Readonly<Record<string, unknown>>
  readonly tokens: Readonly<Record<string, unknown>> | null
}

/** Configs of `oauth2-login` and `jwt-authn` for an extension. @throws PolicyError when something of it can't be had. */
export function oauth2Configs(scene: Scene, extension: Extension): Configs {
  return within('error building OAuth2 config', () => configs(scene, extension))
}

function configs(scene: Scene, extension: Extension): Configs {
  const definition = extension.spec.oauth2!
  const endpoints = endpointsOf(scene, definition)
  const { tokenEndpoint, authorizationEndpoint } = endpoints
  if (tokenEndpoint === null) {
    throw new PolicyError('oauth2 token endpoint not specified or not found in issuer well-known configuration')
  }
  if (authorizationEndpoint === null) {
    throw new PolicyError('oauth2 authorization endpoint not specified or not found in issuer well-known configuration')
  }
  const redirectUri = definition.redirectURI ?? USUAL_REDIRECT
  const secret = clientSecret(scene, extension)
  const names = cookieNames(extension)
  const { cookies, denyRedirect } = definition
  const login = {
    authorizationEndpoint,
    tokenEndpoint,
    backend: backendOf(scene, extension, definition.backendRef, tokenEndpoint),
    endSessionEndpoint: endpoints.endSessionEndpoint,
    clientId: definition.credentials.clientID,
    clientSecret: secret,
    cookieSecret: cookieSecret(scene, extension, secret),
    ...(definition.scopes !== undefined && definition.scopes.length > 0 && { scopes: definition.scopes }),
    redirectUri,
    redirectPath: within('invalid redirectURI', () => redirectPath(redirectUri)),
    logoutPath: definition.logoutPath,
    forwardAccessToken: definition.forwardAccessToken ?? false,
    cookies: {
      domain: cookies?.domain ?? null,
      sameSite: cookies?.sameSite ?? null,
      names,
      setAccessToken: cookies?.disableAccessTokenSetCookie !== true,
      setIdToken: cookies?.disableIDTokenSetCookie !== true,
      setRefreshToken: cookies?.disableRefreshTokenSetCookie !== true,
    },
    denyRedirect: (denyRedirect?.headers ?? []).map(({ type, name, value }) => ({
      name,
      kind: type === 'Exact' ? 'exact' : 'regex',
      value,
    })),
  }
  return { login, tokens: tokenCheck(scene, extension, endpoints, names) }
}

function endpointsOf(scene: Scene, definition: Definition): ProviderEndpoints {
  const own = {
    authorizationEndpoint: definition.authorizationEndpoint ?? null,
    tokenEndpoint: definition.tokenEndpoint ?? null,
    endSessionEndpoint: definition.endSessionEndpoint ?? null,
    jwksUri: definition.jwt?.jwksURI ?? null,
  }
  const asksForKeys = definition.jwt?.accessToken !== undefined || definition.jwt?.idToken !== undefined
  const isWhole = own.authorizationEndpoint !== null && own.tokenEndpoint !== null && own.endSessionEndpoint !== null
  if (definition.issuerURI === undefined || (isWhole && (!asksForKeys || own.jwksUri !== null))) return own
  const found = scene.settings.discovery.get(definition.issuerURI)
  if ('problem' in found) throw new PolicyError(found.problem)
  return {
    authorizationEndpoint: own.authorizationEndpoint ?? found.authorizationEndpoint,
    tokenEndpoint: own.tokenEndpoint ?? found.tokenEndpoint,
    endSessionEndpoint: own.endSessionEndpoint ?? found.endSessionEndpoint,
    jwksUri: own.jwksUri ?? found.jwksUri,
  }
}

/**
 * Where the identity provider is reached. All its URLs say https, also those of one in the cluster that speaks plain HTTP
 * behind its ingress: TLS is spoken where a policy of the backend says so, and on the port for it.
 */
function backendOf(scene: Scene, extension: Extension, ref: BackendRef, url: string) {
  const backend = scene.backends.resolve(pointerOf(extension), ref)
  if ('reason' in backend) throw new PolicyError(`error resolving oauth2 backend: ${backend.message}`)
  const { service, endpoint } = backend
  const { hostname } = new URL(url)
  if (service.protocol === 'https' || service.protocol === 'grpcs') {
    return { ...endpoint, tls: { ca: service.tls.ca, serverName: service.tls.serverName ?? hostname, verify: true } }
  }
  return { ...endpoint, tls: endpoint.port === 443 ? { ca: [], serverName: hostname, verify: true } : null }
}

function clientSecret(scene: Scene, extension: Extension): string {
  const { namespace } = extension.metadata
  const { name } = extension.spec.oauth2!.credentials.clientSecretRef
  const secret = scene.resources.get('Secret', namespace, name)
  if (secret === undefined) throw new PolicyError(`Secret ${namespace}/${name} not found`)
  const text = secretText(secret, 'client-secret')?.trim() ?? ''
  if (text === '') {
    throw new PolicyError(
      `client-secret not found or empty in secret ${namespace}/${name} referenced by GatewayExtension ${namespace}/${extension.metadata.name}`,
    )
  }
  return text
}

/**
 * What cookies are sealed with: made from kgateway's own Secret where it is there, else from the client's, so that all
 * replicas come to the same one and a restart ends no session. Each extension has its own: kgateway seals the cookies of all
 * with one, and a login by one extension, with whatever identity provider its author likes, can be shown to another.
 */
function cookieSecret(scene: Scene, { metadata }: Extension, secret: string): string {
  const shared = scene.resources.get('Secret', 'kgateway-system', 'oauth2-hmac-secret')
  const text = shared === undefined ? undefined : secretText(shared, 'hmac-secret')
  return createHmac('sha256', text !== undefined && text !== '' ? text : secret)
    .update(`sallyport cookies ${metadata.namespace}/${metadata.name}`)
    .digest('base64')
}

function cookieNames(extension: Extension) {
  const { namespace, name } = extension.metadata
  const suffix = fnv1a(`${namespace}/${name}`).toString(16)
  const given = extension.spec.oauth2!.cookies?.names
  return {
    accessToken: given?.accessToken ?? `AccessToken-${suffix}`,
    idToken: given?.idToken ?? `IdToken-${suffix}`,
    refreshToken: `RefreshToken-${suffix}`,
    hmac: `OauthHMAC-${suffix}`,
    expires: `OauthExpires-${suffix}`,
    nonce: `OauthNonce-${suffix}`,
    codeVerifier: `OauthCodeVerifier-${suffix}`,
  }
}

/** FNV-1a of 64 bits, by which kgateway tells the cookies of extensions apart. */
function fnv1a(text: string): bigint {
  let hash = 0xcbf29ce484222325n
  for (const byte of Buffer.from(text)) hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn
  return hash
}

function redirectPath(uri: string): string {
  const scheme = uri.indexOf('://')
  if (scheme < 0) throw new PolicyError(`invalid redirect URI: ${uri}; missing scheme`)
  const slash = uri.indexOf('/', scheme + 3)
  if (slash < 0 || slash === uri.length - 1) throw new PolicyError(`invalid redirect URI: ${uri}; missing path`)
  return uri.slice(slash).replace(/[?#].*$/, '')
}

/** The tokens in the cookies must both be good where both are asked for. Their issuer is not compared, as in kgateway. */
function tokenCheck(
  scene: Scene,
  extension: Extension,
  { jwksUri }: ProviderEndpoints,
  names: ReturnType<typeof cookieNames>,
): Readonly<Record<string, unknown>> | null {
  const { jwt, backendRef } = extension.spec.oauth2!
  const wanted = [
    { token: jwt?.accessToken, name: 'accessToken', cookie: names.accessToken },
    { token: jwt?.idToken, name: 'idToken', cookie: names.idToken },
  ].filter(({ token }) => token !== undefined)
  if (wanted.length === 0) return null
  if (jwksUri === null) {
    const { namespace, name } = extension.metadata
    throw new PolicyError(
      `jwksURI not specified or not found in issuer well-known configuration. Required since JWT parsing is configured on GatewayExtension ${namespace}/${name}`,
    )
  }
  const remote = { url: jwksUri, ...backendOf(scene, extension, jwt?.jwksBackendRef ?? backendRef, jwksUri) }
  return {
    requireAll: true,
    matchAgain: true,
    providers: wanted.map(({ token, name, cookie }) => ({
      name,
      audiences: token!.audiences ?? [],
      from: [{ cookie }],
      claimsToHeaders: (token!.claimsToHeaders ?? []).map((each) => ({ claim: each.name, header: each.header })),
      forwardToken: true,
      metadataKey: name,
      keys: { remote },
    })),
  }
}
