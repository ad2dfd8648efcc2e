import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { kept, type RuleRow, refusals, testRules } from '../../rule-rows.ts'

const to = { name: 'svc', port: 80 }
const jwt = (provider: object) => ({
  jwt: { providers: [{ name: 'p', jwks: { local: { inline: '{}' } }, ...provider }] },
})
const remote = (more: object) => jwt({ jwks: { remote: { url: 'https://idp/jwks', backendRef: to, ...more } } })
const grpc = (more: object) => ({ extAuth: { grpcService: { backendRef: to, ...more } } })
const http = (more: object) => ({ extAuth: { httpService: { backendRef: to, ...more } } })
const backoff = (backoff: object) => grpc({ retry: { backoff } })
const oauth2 = (more: object) => ({
  oauth2: {
    backendRef: to,
    issuerURI: 'https://idp.example',
    credentials: { clientID: 'c', clientSecretRef: { name: 's' } },
    ...more,
  },
})
const { issuerURI: _, ...withoutIssuer } = oauth2({}).oauth2
const endpoints = { authorizationEndpoint: 'https://idp.example/a', tokenEndpoint: 'https://idp.example/t?x=1' }

const bodies: Readonly<Record<string, object>> = {
  extAuth: grpc({}),
  extProc: { extProc: { grpcService: { backendRef: to } } },
  rateLimit: { rateLimit: { grpcService: { backendRef: to }, domain: 'd' } },
  jwt: jwt({}),
  oauth2: oauth2({}),
}
const typeRow = (type: string, member: string, named = member): RuleRow => [
  '',
  `${named} must be set when type is ${type}`,
  { type, ...bodies[member === 'jwt' ? 'extAuth' : 'jwt'] },
  { type, ...bodies[member] },
]

testRules('GatewayExtension', [
  typeRow('ExtAuth', 'extAuth'),
  typeRow('ExtProc', 'extProc'),
  typeRow('RateLimit', 'rateLimit'),
  typeRow('JWT', 'jwt', 'JWT'),
  typeRow('OAuth2', 'oauth2'),
  [
    '',
    'exactly one of the fields in [extAuth extProc rateLimit jwt oauth2] must be set',
    { ...bodies.jwt, ...bodies.extAuth },
    { ...bodies.jwt },
  ],
  [
    '.extAuth',
    'exactly one of the fields in [grpcService httpService] must be set',
    { extAuth: { failOpen: true } },
    http({}),
  ],
  [
    '.extAuth.grpcService.backendRef',
    'Must have port for Service reference',
    grpc({ backendRef: { name: 'svc' } }),
    grpc({ backendRef: { name: 'b', group: 'gateway.kgateway.dev', kind: 'Backend' } }),
  ],
  [
    '.extAuth.grpcService.requestTimeout',
    'invalid timeout value',
    grpc({ requestTimeout: '1.5s' }),
    grpc({ requestTimeout: '1s500ms' }),
  ],
  [
    '.extAuth.httpService.requestTimeout',
    'timeout must be at least 1ms.',
    http({ requestTimeout: '0s' }),
    http({ requestTimeout: '1ms' }),
  ],
  [
    '.extAuth.grpcService.retry.backoff',
    'maxInterval must be greater than or equal to baseInterval',
    backoff({ baseInterval: '2s', maxInterval: '1s' }),
    backoff({ baseInterval: '1s', maxInterval: '1000ms' }),
  ],
  [
    '.extAuth.grpcService.retry.backoff.maxInterval',
    'invalid duration value',
    backoff({ baseInterval: '1s', maxInterval: '1.5s' }),
    backoff({ baseInterval: '1s', maxInterval: '2s' }),
  ],
  [
    '.extAuth.grpcService.retry.backoff.baseInterval',
    'retry.BaseInterval must be at least 1ms.',
    backoff({ baseInterval: '0ms' }),
    backoff({ baseInterval: '1ms' }),
  ],
  [
    '.jwt.providers[0].tokenSource',
    'exactly one of the fields in [header queryParameter] must be set',
    jwt({ tokenSource: { header: { header: 'x-jwt' }, queryParameter: 'jwt' } }),
    jwt({ tokenSource: { queryParameter: 'jwt' } }),
  ],
  ['.jwt.providers[0].jwks', 'exactly one of the fields in [local remote] must be set', jwt({ jwks: {} }), remote({})],
  [
    '.jwt.providers[0].jwks.local',
    'exactly one of the fields in [inline configMapRef] must be set',
    jwt({ jwks: { local: { inline: '{}', configMapRef: { name: 'c' } } } }),
    jwt({ jwks: { local: { configMapRef: { name: 'c' } } } }),
  ],
  [
    '.jwt.providers[0].jwks.remote.cacheDuration',
    'cacheDuration must be at least 1ms.',
    remote({ cacheDuration: '0s' }),
    remote({ cacheDuration: '5m' }),
  ],
  [
    '.jwt.providers[0].jwks.remote.asyncFetch.failedRefetchDuration',
    'failedRefetchDuration must be at least 1ms.',
    remote({ asyncFetch: { failedRefetchDuration: '0h' } }),
    remote({ asyncFetch: {} }),
  ],
  [
    '.jwt.providers[0].jwks.remote.retryPolicy.backOff.baseInterval',
    'baseInterval must be at least 1ms.',
    remote({ retryPolicy: { backOff: { baseInterval: '0s' } } }),
    remote({ retryPolicy: { backOff: { baseInterval: '1s' } } }),
  ],
  [
    '.jwt.providers[0].jwks.remote.retryPolicy.backOff.maxInterval',
    'maxInterval must be at least 1ms.',
    remote({ retryPolicy: { backOff: { baseInterval: '1s', maxInterval: '0s' } } }),
    remote({ retryPolicy: { backOff: { baseInterval: '1s', maxInterval: '1s' } } }),
    [
      'spec.jwt.providers[0].jwks.remote.retryPolicy.backOff: Invalid value: "object": maxInterval must be greater than or equal to baseInterval',
    ],
  ],
  [
    '.oauth2',
    'Either issuerURI, or both authorizationEndpoint and tokenEndpoint must be specified',
    { oauth2: { ...withoutIssuer, tokenEndpoint: endpoints.tokenEndpoint } },
    { oauth2: { ...withoutIssuer, ...endpoints } },
  ],
  [
    '.oauth2',
    'Either issuerURI or jwksURI must be specified for JWT parsing',
    { oauth2: { ...withoutIssuer, ...endpoints, jwt: { idToken: {} } } },
    { oauth2: { ...withoutIssuer, ...endpoints, jwt: { idToken: {}, jwksURI: 'https://idp.example/k' } } },
  ],
  [
    '.oauth2',
    'Access token cookie must not be disabled when the token should be parsed',
    oauth2({ jwt: { accessToken: {} }, cookies: { disableAccessTokenSetCookie: true } }),
    oauth2({ jwt: { accessToken: {} }, cookies: { disableIDTokenSetCookie: true } }),
  ],
  [
    '.oauth2',
    'ID token cookie must not be disabled when the token should be parsed',
    oauth2({ jwt: { idToken: {} }, cookies: { disableIDTokenSetCookie: true } }),
    oauth2({ jwt: { idToken: {} }, cookies: { disableIDTokenSetCookie: false } }),
  ],
])

describe('GatewayExtension', () => {
  test('what is put in of itself', () => {
    const backendRef = { group: '', kind: 'Service', ...to, weight: 1 }
    const grpcService = { backendRef }
    assert.deepEqual(kept('GatewayExtension', { extAuth: { grpcService: { backendRef: to, retry: {} } } }), {
      extAuth: {
        grpcService: { backendRef, retry: { attempts: 1 } },
        failOpen: false,
        clearRouteCache: false,
        statusOnError: 403,
      },
    })
    assert.deepEqual(kept('GatewayExtension', { ...bodies.extProc }), {
      extProc: { grpcService, failOpen: true, allowProcessingModeOverride: false, routeCacheAction: 'FromResponse' },
    })
    assert.deepEqual(kept('GatewayExtension', { ...bodies.rateLimit }), {
      rateLimit: { grpcService, domain: 'd', failOpen: true, timeout: '100ms', xRateLimitHeaders: 'Off' },
    })
    assert.deepEqual(kept('GatewayExtension', remote({})), {
      jwt: {
        providers: [
          {
            name: 'p',
            jwks: { remote: { url: 'https://idp/jwks', backendRef: { group: '', kind: 'Service', ...to } } },
          },
        ],
      },
    })
    assert.deepEqual(kept('GatewayExtension', oauth2({})), {
      oauth2: { ...oauth2({}).oauth2, backendRef, logoutPath: '/logout' },
    })
  })
  test('a provider without keys, one without a name, and a mode that is none', () => {
    assert.deepEqual(
      refusals('GatewayExtension', { jwt: { validationMode: 'Lax', providers: [{ name: 'p' }, { jwks: {} }] } }),
      [
        'spec.jwt.validationMode: Unsupported value: "Lax": supported values: "Strict", "AllowMissing"',
        'spec.jwt.providers[0].jwks: Required value',
        'spec.jwt.providers[1].name: Required value',
        '<nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
      ],
    )
  })
  test('two providers of one name', () => {
    const jwks = { local: { inline: '{}' } }
    const providers = [
      { name: 'p', jwks },
      { name: 'p', jwks },
    ]
    assert.deepEqual(refusals('GatewayExtension', { jwt: { providers } }), [
      'spec.jwt.providers[1]: Duplicate value: {"name":"p"}',
    ])
    assert.deepEqual(refusals('GatewayExtension', { jwt: {} }), [], 'none at all is fine')
  })
  test('limits of lists and texts', () => {
    const providers = Array.from({ length: 33 }, (_, n) => ({ name: `p${n}`, jwks: { local: { inline: '{}' } } }))
    assert.deepEqual(
      refusals('GatewayExtension', { jwt: { providers } })[0],
      'spec.jwt.providers: Too many: 33: must have at most 32 items',
    )
    assert.deepEqual(refusals('GatewayExtension', jwt({ audiences: [], issuer: 'x'.repeat(2049) })).slice(0, 2), [
      'spec.jwt.providers[0].issuer: Too long: may not be more than 2048 bytes',
      'spec.jwt.providers[0].audiences: Invalid value: 0: spec.jwt.providers[0].audiences in body should have at least 1 items',
    ])
    assert.deepEqual(refusals('GatewayExtension', jwt({ jwks: { local: { inline: '' } } })), [
      'spec.jwt.providers[0].jwks.local.inline: Invalid value: "": spec.jwt.providers[0].jwks.local.inline in body should be at least 1 chars long',
    ])
  })
  test('what is no duration at all breaks the rules that compare it, and they say so', () => {
    assert.deepEqual(refusals('GatewayExtension', remote({ cacheDuration: 'soon' })), [
      'spec.jwt.providers[0].jwks.remote.cacheDuration: Invalid value: "string": invalid duration value',
      `spec.jwt.providers[0].jwks.remote.cacheDuration: Invalid value: "string": type conversion error from 'string' to 'google.protobuf.Duration' evaluating rule: cacheDuration must be at least 1ms.`,
    ])
  })
  test('an issuer that is no https URL', () => {
    const [told] = refusals('GatewayExtension', oauth2({ issuerURI: 'http://idp.example' }))
    assert.match(told!, /^spec\.oauth2\.issuerURI: Invalid value: "http:\/\/idp\.example": .* should match '\^https:/)
  })
})
