import type { AdminAccess, AdminClientTls } from './admin-access.ts'

/** The package's types of `fetch` differ from the platform's in what neither uses here. */
type FetchBy = (
  url: string | URL | Request,
  init: Omit<RequestInit, 'dispatcher'> & { readonly dispatcher: unknown },
) => Promise<Response>

/** `fetch` that shows a token and speaks TLS as told; that of the platform where there is nothing to be told. */
export function adminFetch({ token, tls }: AdminAccess): typeof fetch {
  const underneath = tls === null ? fetch : fetchOver(tls)
  if (token === null) return underneath
  return (url, init) => {
    const headers = { ...Object.fromEntries(new Headers(init?.headers)), 'kong-admin-token': token }
    return underneath(url, { ...init, headers })
  }
}

/** Loaded when it is called, so that commands that need none of it need not wait for it. */
function fetchOver(tls: AdminClientTls): typeof fetch {
  return async (url, init) => {
    const { Agent, fetch: undiciFetch } = await import('undici')
    const dispatcher = new Agent({ connect: { ...tls } })
    return await (undiciFetch as unknown as FetchBy)(url, { ...init, dispatcher })
  }
}
