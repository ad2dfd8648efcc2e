import type { Resource } from '../resources/resource.ts'
import { extAuthConfig } from './fields/ext-auth.ts'
import { jwtConfig } from './fields/jwt.ts'
import { PolicyError } from './policy-error.ts'
import type { Scene } from './scene.ts'

/** What keeps an extension from being used, whoever points at it; null when nothing does. */
export function extensionProblem(scene: Scene, extension: Resource<'GatewayExtension'>): string | null {
  const { jwt, extAuth, extProc, rateLimit } = extension.spec
  if (extProc !== undefined) return 'extProc is not served'
  if (rateLimit !== undefined) return 'rateLimit is not served'
  try {
    if (jwt !== undefined) jwtConfig(scene, extension)
    if (extAuth !== undefined) extAuthConfig(scene, extension)
    return null
  } catch (error) {
    if (error instanceof PolicyError) return error.message
    throw error
  }
}
