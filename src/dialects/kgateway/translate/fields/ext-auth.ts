import { durationMs } from '../../resources/fields/go-duration.ts'
import type { Resource } from '../../resources/resource.ts'
import { pointerOf } from '../extensions.ts'
import { type FieldEffect, STAGE } from '../filter.ts'
import { PolicyError, within } from '../policy-error.ts'
import type { Scene } from '../scene.ts'
import { useIdOf } from '../use-id.ts'

type Policy = Resource<'TrafficPolicy'>
type Extension = Resource<'GatewayExtension'>
type Definition = NonNullable<Extension['spec']['extAuth']>
type Value = NonNullable<Policy['spec']['extAuth']>

/** All external checks are switched off together. */
const ALL = 'ext_auth/'

export function extAuth(scene: Scene, policy: Policy, value: Value): FieldEffect {
  if (value.extensionRef === undefined) return { off: [ALL] }
  const ref = value.extensionRef
  return within('extauth', () => {
    const extension = scene.extensions.find(policy, ref, 'extAuth')
    const name = `${ALL}${extension.metadata.namespace}/${extension.metadata.name}`
    const config = extAuthConfig(scene, extension, value)
    const useId = scene.output.use(useIdOf(policy, 'extAuth'), 'ext-authz', config)
    return { filters: [{ stage: STAGE.authentication, name, useId }] }
  })
}

/** Config of `ext-authz` for an extension. @throws PolicyError when its service can't be had. */
export function extAuthConfig(
  scene: Scene,
  extension: Extension,
  { withRequestBody, contextExtensions }: Pick<Value, 'withRequestBody' | 'contextExtensions'> = {},
): Readonly<Record<string, unknown>> {
  const definition = extension.spec.extAuth!
  const { grpcService, httpService } = definition
  const service = grpcService ?? httpService!
  const body = withRequestBody ?? definition.withRequestBody
  const { authorizationRequest, authorizationResponse } = httpService ?? {}
  return {
    service: serviceConfig(scene, extension, definition),
    timeoutMs: service.requestTimeout === undefined ? null : durationMs(service.requestTimeout),
    retry: service.retry === undefined ? null : retryConfig(service.retry),
    failOpen: definition.failOpen,
    statusOnError: definition.statusOnError,
    body:
      body === undefined
        ? null
        : { maxBytes: body.maxRequestBytes, allowPartial: body.allowPartialMessage, asBytes: body.packAsBytes },
    headersToForward: definition.headersToForward ?? null,
    headersToAdd: Object.entries(authorizationRequest?.headersToAdd ?? {}).map(([name, text]) => ({
      name,
      value: text,
    })),
    headersToBackend: authorizationResponse?.headersToBackend ?? [],
    headersToClient: authorizationResponse?.headersToClient ?? null,
    headersToClientOnSuccess: authorizationResponse?.headersToClientOnSuccess ?? [],
    matchAgain: definition.clearRouteCache,
    contextExtensions: contextExtensions ?? {},
  }
}

function serviceConfig(
  scene: Scene,
  extension: Extension,
  { grpcService, httpService }: Definition,
): Readonly<Record<string, unknown>> {
  const { backendRef } = grpcService ?? httpService!
  const backend = scene.backends.resolve(pointerOf(extension), backendRef)
  if ('reason' in backend)
    throw new PolicyError(
      `failed to resolve ExtAuth ${grpcService === undefined ? 'HTTP' : 'gRPC'} backend: ${backend.message}`,
    )
  const { service, endpoint } = backend
  const secure = service.protocol === 'https' || service.protocol === 'grpcs'
  return {
    kind: grpcService === undefined ? 'http' : 'grpc',
    ...endpoint,
    tls: secure ? { ca: service.tls.ca, serverName: service.tls.serverName ?? null, verify: true } : null,
    authority: grpcService?.authority ?? null,
    pathPrefix: httpService?.pathPrefix ?? '',
  }
}

function retryConfig({ attempts, backoff }: NonNullable<NonNullable<Definition['httpService']>['retry']>) {
  return {
    retries: attempts,
    ...(backoff !== undefined && {
      baseMs: durationMs(backoff.baseInterval),
      maxMs: backoff.maxInterval === undefined ? null : durationMs(backoff.maxInterval),
    }),
  }
}
