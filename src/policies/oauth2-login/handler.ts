import { normalPath } from '../../base/normal-path.ts'
import { connectionsTo } from '../../policy/backend-connections.ts'
import type { Exchange } from '../../policy/exchange.ts'
import { definePolicy, type Tools } from '../../policy/policy.ts'
import { answered, denied, next, type Verdict } from '../../policy/verdict.ts'
import { Cookies, forwardCookies } from './cookies.ts'
import { compileHeaderMatch } from './header-match.ts'
import { LoginFlow, origin, type Returned, withArguments } from './login-flow.ts'
import { Refreshing } from './refreshing.ts'
import { type Config, check, config } from './schema.ts'
import { Sealer } from './sealer.ts'
import { Sessions } from './session.ts'
import { TokenEndpoint } from './token-endpoint.ts'
import type { Tokens } from './tokens.ts'

const reasons = {
  flowFailed: { code: 'login-failed', status: 401, message: 'OAuth flow failed.' },
  notLoggedIn: { code: 'not-logged-in', status: 401, message: 'OAuth flow failed.' },
} as const

export const oauth2Login = definePolicy({
  name: 'oauth2-login',
  phase: 'identify',
  summary: 'Send browsers to an identity provider to log in, and keep the session in cookies.',
  config,
  check,
  reasons,
  consumerScope: false,
  credentialNames: () => ({ query: ['code', 'state'] }),
  compile(given, tools) {
    const sealer = new Sealer(given.cookieSecret)
    const cookies = new Cookies(given.cookies)
    const sessions = new Sessions(given, sealer, cookies)
    const flow = new LoginFlow(given, sealer, cookies)
    const { endpoint, refreshing } = tokenSource(given, tools)
    const deniesRedirect = given.denyRedirect.map(compileHeaderMatch)
    const redirectPath = normalPath(given.redirectPath) ?? given.redirectPath
    const logoutPath = normalPath(given.logoutPath) ?? given.logoutPath

    function requireLogin(exchange: Exchange): Verdict | Promise<Verdict> {
      if (exchange.path === logoutPath) return logOut(exchange)
      const session = sessions.read(exchange)
      if (exchange.path === redirectPath) return comeBack(exchange, session.kind === 'open')
      switch (session.kind) {
        case 'open':
          return goOn(exchange, session)
        case 'refreshable':
          return openAgain(exchange, session.refreshToken, session.idToken)
        case 'none':
          return sendToLogIn(exchange)
      }
    }

    function logOut(exchange: Exchange): Verdict {
      const home = `${origin(exchange)}/`
      const session = sessions.read(exchange)
      const location =
        given.endSessionEndpoint === null
          ? home
          : withArguments(given.endSessionEndpoint, {
              ...('idToken' in session && session.idToken !== null && { id_token_hint: session.idToken }),
              client_id: given.clientId,
              post_logout_redirect_uri: home,
            })
      return redirect(location, sessions.end())
    }

    function sendToLogIn(exchange: Exchange): Verdict {
      if (deniesRedirect.some((matches) => matches(exchange))) return denied(reasons.notLoggedIn)
      const { location, cookies } = flow.begin(exchange)
      return redirect(location, cookies)
    }

    function comeBack(exchange: Exchange, isLoggedIn: boolean): Verdict | Promise<Verdict> {
      const returned = flow.returned(exchange)
      if (typeof returned === 'string') return denied(reasons.flowFailed, { log: returned })
      // another tab was faster: what this one wanted can be had already
      if (isLoggedIn) return redirect(returned.url, returned.forgotten)
      return logIn(exchange, returned)
    }

    async function logIn(exchange: Exchange, { code, verifier, url, forgotten }: Returned): Promise<Verdict> {
      const answer = await endpoint.byCode(code, flow.redirectUri(exchange), verifier)
      if ('why' in answer) return denied(reasons.flowFailed, { log: answer.why })
      return redirect(url, [...sessions.begin(exchange, answer), ...forgotten])
    }

    async function openAgain(exchange: Exchange, refreshToken: string, idToken: string | null): Promise<Verdict> {
      const answer = await refreshing.refresh(refreshToken, exchange.now, () => endpoint.byRefreshToken(refreshToken))
      if ('why' in answer) return sendToLogIn(exchange)
      const tokens: Tokens = { ...answer, idToken: answer.idToken ?? idToken }
      for (const line of sessions.begin(exchange, tokens)) exchange.addResponseHeader('set-cookie', line)
      const { setAccessToken, setIdToken } = given.cookies
      return goOn(exchange, {
        accessToken: setAccessToken || given.forwardAccessToken ? tokens.accessToken : null,
        idToken: setIdToken ? tokens.idToken : null,
      })
    }

    function goOn(
      exchange: Exchange,
      tokens: Pick<Tokens, 'idToken'> & { readonly accessToken: string | null },
    ): Verdict {
      const { setAccessToken } = given.cookies
      forwardCookies(exchange, given.cookies, { ...tokens, accessToken: setAccessToken ? tokens.accessToken : null })
      if (given.forwardAccessToken) {
        exchange.dropHeader('authorization')
        if (tokens.accessToken !== null) exchange.setHeader('authorization', `Bearer ${tokens.accessToken}`)
      }
      return next
    }

    return { request: requireLogin }
  },
})

function redirect(location: string, cookies: readonly string[]): Verdict {
  const lines = cookies.map((cookie): [string, string] => ['set-cookie', cookie])
  return answered({ status: 302, headers: [['location', location], ...lines], body: '' })
}

/** One set of connections per backend, and one memory of refreshes per endpoint, however often a use is compiled. */
function tokenSource(given: Config, { registry }: Tools) {
  const { tokenEndpoint, backend, clientId } = given
  const { ask } = registry.get(
    `oauth2-login ${JSON.stringify(backend)}`,
    () => connectionsTo(backend),
    (made) => made.close(),
  )
  const key = `oauth2-login refreshing ${JSON.stringify({ tokenEndpoint, backend })} ${clientId}`
  const refreshing = registry.get(key, () => new Refreshing())
  return { endpoint: new TokenEndpoint(ask, given), refreshing }
}
