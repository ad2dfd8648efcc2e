import type { Resource } from '../resources/resource.ts'
import { extAuthConfig } from './fields/ext-auth.ts'
import { jwtConfig } from './fields/jwt.ts'
import { oauth2Configs } from './fields/oauth2.ts'
import { PolicyError } from './policy-error.ts'
import type { Scene } from './scene.ts'

/** What keeps an extension from being used, whoever points at it; null when nothing does. */
export function extensionProblem(scene: Scene, extension: Resource<'GatewayExtension'>): string | null {
  const { jwt, extAuth, oauth2, extProc, rateLimit } = extension.spec
  if (extProc !== undefined) return 'extProc is not served'
  if (rateLimit !== undefined) return 'rateLimit is not served'
  try {
    if (jwt !== undefined) jwtConfig(scene, extension)
    if (extAuth !== undefined) extAuthConfig(scene, extension)
    if (oauth2 !== undefined) oauth2Configs(scene, extension)
    return null
  } catch (error) {
    if (error instanceof PolicyError) return error.message
    throw error
  }
}
