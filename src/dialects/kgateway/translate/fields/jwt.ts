import { readLocalKeys } from '../../../../identity/key-set/local-keys.ts'
import { durationMs } from '../../resources/fields/go-duration.ts'
import type { JwtProvider } from '../../resources/kinds/gateway-extension/jwt.ts'
import type { Resource } from '../../resources/resource.ts'
import type { BackendRef } from '../backends.ts'
import { pointerOf } from '../extensions.ts'
import { type FieldEffect, STAGE } from '../filter.ts'
import { PolicyError, within } from '../policy-error.ts'
import type { Scene } from '../scene.ts'

type Policy = Resource<'TrafficPolicy'>
type Extension = Resource<'GatewayExtension'>

/** All token filters are switched off together. */
const ALL = 'jwt/'

export function jwtAuth(scene: Scene, policy: Policy, value: NonNullable<Policy['spec']['jwtAuth']>): FieldEffect {
  if (value.extensionRef === undefined) return { off: [ALL] }
  const ref = value.extensionRef
  return within('jwt', () => {
    const extension = scene.extensions.find(policy, ref, 'jwt')
    const name = `${ALL}${extension.metadata.namespace}/${extension.metadata.name}`
    const useId = scene.output.use(name, 'jwt-authn', jwtConfig(scene, extension))
    return { filters: [{ stage: STAGE.authentication, name, useId }] }
  })
}

/** Config of `jwt-authn` for an extension. @throws PolicyError when its keys can't be had. */
export function jwtConfig(scene: Scene, extension: Extension): Readonly<Record<string, unknown>> {
  const { validationMode, providers = [] } = extension.spec.jwt!
  return within('jwt', () => ({
    validationMode: validationMode === 'AllowMissing' ? 'allow-missing' : 'strict',
    matchAgain: true,
    providers: providers.map((provider) => ({
      name: provider.name,
      issuer: provider.issuer === '' ? null : (provider.issuer ?? null),
      audiences: provider.audiences ?? [],
      from: provider.tokenSource === undefined ? [] : [placeOf(provider.tokenSource)],
      claimsToHeaders: (provider.claimsToHeaders ?? []).map(({ name, header }) => ({ claim: name, header })),
      forwardToken: provider.forwardToken ?? false,
      keys: keysOf(scene, extension, provider.jwks),
    })),
  }))
}

function placeOf({ header, queryParameter }: NonNullable<JwtProvider['tokenSource']>): Record<string, string> {
  if (header === undefined) return { query: queryParameter ?? '' }
  return header.prefix === undefined ? { header: header.header } : { header: header.header, prefix: header.prefix }
}

function keysOf(scene: Scene, extension: Extension, { local, remote }: JwtProvider['jwks']): Record<string, unknown> {
  if (remote !== undefined) return { remote: within('remote jwks', () => remoteKeys(scene, extension, remote)) }
  const { inline, configMapRef } = local!
  if (inline !== undefined) return localKeys(inline)
  const { namespace } = extension.metadata
  const name = configMapRef?.name ?? ''
  const configMap = scene.resources.get('ConfigMap', namespace, name)
  if (configMap === undefined) {
    throw new PolicyError(`failed to find configmap ${name}: ConfigMap ${namespace}/${name} not found`)
  }
  const keys = configMap.data['jwks']
  if (keys === undefined) throw new PolicyError("configmap key 'jwks' not found")
  return localKeys(keys)
}

/** @throws PolicyError when kgateway could not read them either. */
function localKeys(text: string): { readonly local: string } {
  const read = readLocalKeys(text)
  if ('keys' in read) return { local: text }
  throw new PolicyError(`failed to parse inline jwks: cannot parse local jwks: ${read.problem}`)
}

function remoteKeys(
  scene: Scene,
  extension: Extension,
  remote: NonNullable<JwtProvider['jwks']['remote']>,
): Record<string, unknown> {
  const { asyncFetch, retryPolicy } = remote
  return {
    url: remote.url,
    ...fetchedFrom(scene, extension, remote.backendRef, remote.url),
    ...(remote.cacheDuration !== undefined && { cacheMs: durationMs(remote.cacheDuration) }),
    async:
      asyncFetch === undefined
        ? null
        : {
            fastListener: asyncFetch.fastListener ?? false,
            ...(asyncFetch.failedRefetchDuration !== undefined && {
              failedRefetchMs: durationMs(asyncFetch.failedRefetchDuration),
            }),
          },
    retry:
      retryPolicy === undefined
        ? null
        : {
            retries: retryPolicy.numRetries ?? 1,
            ...(retryPolicy.backOff !== undefined && {
              baseMs: durationMs(retryPolicy.backOff.baseInterval),
              maxMs: retryPolicy.backOff.maxInterval === undefined ? null : durationMs(retryPolicy.backOff.maxInterval),
            }),
          },
  }
}

/**
 * Where keys are fetched from, and how. A URL that says https is fetched by TLS even where no BackendTLSPolicy asks for
 * it: Envoy would send plain text to a TLS port then, and keys that came in plain text are anybody's.
 */
export function fetchedFrom(
  scene: Scene,
  extension: Extension,
  ref: BackendRef,
  url: string,
): { readonly host: string; readonly port: number; readonly tls: object | null } {
  const backend = scene.backends.resolve(pointerOf(extension), ref)
  if ('reason' in backend) throw new PolicyError(`unresolved backend ref: ${backend.message}`)
  const { service, endpoint } = backend
  const secure = service.protocol === 'https' || service.protocol === 'grpcs'
  if (secure) {
    return { ...endpoint, tls: { ca: service.tls.ca, serverName: service.tls.serverName ?? null, verify: true } }
  }
  return { ...endpoint, tls: /^https:/i.test(url) ? { ca: [], serverName: hostOf(url), verify: true } : null }
}

function hostOf(url: string): string | null {
  return URL.canParse(url) ? new URL(url).hostname : null
}
