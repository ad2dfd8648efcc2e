import { fetch as undiciFetch } from 'undici'
import type { Fetch } from '../policy/policy.ts'

/** That of the package, not the platform's: each takes agents of its own release only. */
export const fetch = undiciFetch as unknown as Fetch
