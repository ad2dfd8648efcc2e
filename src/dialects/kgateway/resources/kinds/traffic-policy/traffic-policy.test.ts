import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { kept, type RuleRow, refusals, testRules } from '../../rule-rows.ts'

const target = (kind: string) => ({ group: 'gateway.networking.k8s.io', kind, name: 'x' })
const selector = (kind: string) => ({ group: 'gateway.networking.k8s.io', kind, matchLabels: {} })
const on = (kind: string, more: object) => ({ targetRefs: [target(kind)], ...more })

/** A member that makes sense on some kinds only; a policy without targets is free. */
const onlyRow = (member: string, value: unknown, kinds: string, bad: string, good: string): RuleRow => [
  '',
  `${member} can only be used when targeting ${kinds} resources`,
  on(good, { [member]: value, targetSelectors: [selector(bad)] }),
  on(good, { [member]: value, targetSelectors: [selector(good)] }),
]

const corsRow = (list: string, word: string, values: readonly [string, string]): RuleRow => [
  `.cors.allow${list}`,
  `Allow${list} cannot contain '*' alongside other ${word}`,
  { cors: { [`allow${list}`]: [values[0], '*'] } },
  { cors: { [`allow${list}`]: ['*'] } },
]

const header = (header: object) => ({ headerModifiers: { response: { add: [header] } } })
const entry = (entry: object) => ({
  rateLimit: { global: { extensionRef: { name: 'r' }, descriptors: [{ entries: [entry] }] } },
})
const bucket = (fillInterval: string) => ({ rateLimit: { local: { tokenBucket: { maxTokens: 5, fillInterval } } } })
const delay = (fixedDelay: string) => ({ faultInjection: { delay: { fixedDelay } } })
const redirects = (more: object) => ({ internalRedirect: more })

// A size is shown without a type, as its schema gives it two: see below.
const sizeRule = 'maxRequestSize must be greater than 0 and less than 4Gi'

testRules(
  'TrafficPolicy',
  [
    onlyRow('autoHostRewrite', true, 'HTTPRoute', 'GRPCRoute', 'HTTPRoute'),
    onlyRow('urlRewrite', { pathRegex: { pattern: 'a', substitution: 'b' } }, 'HTTPRoute', 'Gateway', 'HTTPRoute'),
    onlyRow('tracing', { disable: {} }, 'HTTPRoute or GRPCRoute', 'Gateway', 'GRPCRoute'),
    onlyRow('statPrefix', '{{route_name}}', 'HTTPRoute or GRPCRoute', 'XListenerSet', 'HTTPRoute'),
    [
      '',
      'retry.perTryTimeout must be less than timeouts.request',
      { retry: { retryOn: ['5xx'], perTryTimeout: '1s' }, timeouts: { request: '1000ms' } },
      { retry: { retryOn: ['5xx'], perTryTimeout: '999ms' }, timeouts: { request: '1s' } },
    ],
    [
      '.targetRefs',
      'targetRefs may only reference Gateway, HTTPRoute, GRPCRoute, or ListenerSet resources',
      on('Service', {}),
      on('XListenerSet', {}),
    ],
    [
      '.targetSelectors',
      'targetSelectors may only reference Gateway, HTTPRoute, GRPCRoute, or ListenerSet resources',
      { targetSelectors: [selector('TCPRoute')] },
      { targetSelectors: [selector('GRPCRoute')] },
    ],
    ...['jwtAuth', 'extAuth', 'extProc'].map(
      (member): RuleRow => [
        `.${member}`,
        'exactly one of the fields in [extensionRef disable] must be set',
        { [member]: { extensionRef: { name: 'e' }, disable: {} } },
        { [member]: { disable: {} } },
      ],
    ),
    [
      '.basicAuth',
      'exactly one of the fields in [users secretRef disable] must be set',
      { basicAuth: {} },
      { basicAuth: { users: ['a:{SHA}x'] } },
    ],
    [
      '.apiKeyAuth',
      'exactly one of the fields in [secretRef secretSelector disable] must be set',
      { apiKeyAuth: { secretRef: { name: 's' }, secretSelector: { matchLabels: {} } } },
      { apiKeyAuth: { secretSelector: { matchLabels: {} } } },
    ],
    [
      '.apiKeyAuth.keySources[0]',
      'at least one of the fields in [header query cookie] must be set',
      { apiKeyAuth: { secretRef: { name: 's' }, keySources: [{}] } },
      { apiKeyAuth: { secretRef: { name: 's' }, keySources: [{ header: 'a', query: 'b', cookie: 'c' }] } },
    ],
    corsRow('Origins', 'origins', ['https://*.a.example', '']),
    corsRow('Methods', 'methods', ['GET', '']),
    corsRow('Headers', 'headers', ['x-a', '']),
    [
      '.csrf',
      'at most one of the fields in [percentageEnabled percentageShadowed] may be set',
      { csrf: { percentageEnabled: 0, percentageShadowed: 0 } },
      { csrf: {} },
    ],
    [
      '.csrf.additionalOrigins[0]',
      'exactly one of the fields in [exact prefix suffix contains safeRegex] must be set',
      { csrf: { additionalOrigins: [{ ignoreCase: true }] } },
      { csrf: { additionalOrigins: [{ ignoreCase: true, suffix: '.a' }] } },
    ],
    [
      '.acl.denyResponse',
      'at least one of the fields in [statusCode headers blockedByHeaderName] must be set',
      { acl: { defaultAction: 'deny', denyResponse: {} } },
      { acl: { defaultAction: 'deny', denyResponse: { statusCode: 404, headers: [] } } },
    ],
    ['.rateLimit.local.tokenBucket.fillInterval', 'must be at least 50ms', bucket('49ms'), bucket('50ms')],
    [
      '.timeouts.streamIdle',
      'invalid duration value',
      { timeouts: { streamIdle: '1d' } },
      { timeouts: { streamIdle: '0s' } },
    ],
    [
      '.rateLimit.global.descriptors[0].entries[0]',
      'exactly one entry type must be specified',
      entry({ type: 'Generic', generic: { key: 'a', value: 'b' }, header: 'c' }),
      entry({ type: 'Path' }),
    ],
    ['.retry', 'retryOn or statusCodes must be set.', { retry: { attempts: 2 } }, { retry: { statusCodes: [503] } }],
    [
      '.retry.perTryTimeout',
      'retry.perTryTimeout must be at least 1ms.',
      { retry: { retryOn: ['reset'], perTryTimeout: '0s' } },
      { retry: { retryOn: ['reset'], perTryTimeout: '1ms' } },
    ],
    [
      '.retry.backoffBaseInterval',
      'retry.backoffBaseInterval must be at least 1ms.',
      { retry: { retryOn: ['reset'], backoffBaseInterval: '0ms' } },
      { retry: { retryOn: ['reset'] } },
    ],
    [
      '.headerModifiers',
      'at least one of the fields in [request response] must be set',
      { headerModifiers: {} },
      { headerModifiers: { request: { remove: ['a'] } } },
    ],
    [
      '.headerModifiers.response',
      'at least one of the fields in [set add remove] must be set',
      { headerModifiers: { response: {} } },
      { headerModifiers: { response: { remove: [] } } },
    ],
    [
      '.headerModifiers.response.add[0]',
      'name is required when using an inline value',
      header({ value: 'v' }),
      header({ secretRef: { name: 's' } }),
    ],
    [
      '.headerModifiers.response.add[0]',
      'exactly one of the fields in [value secretRef] must be set',
      header({ name: 'n' }),
      header({ name: 'n', value: 'v w' }),
    ],
    [
      '.transformation.request.dynamicMetadata[0].value',
      'exactly one of the fields in [stringValue] must be set',
      { transformation: { request: { dynamicMetadata: [{ namespace: 'a', key: 'b', value: {} }] } } },
      { transformation: { request: { dynamicMetadata: [{ namespace: 'a', key: 'b', value: { stringValue: 'c' } }] } } },
    ],
    [
      '.buffer',
      'exactly one of the fields in [maxRequestSize disable] must be set',
      { buffer: { maxRequestSize: 5, disable: {} } },
      { buffer: { disable: {} } },
    ],
    [
      '.urlRewrite',
      'at least one of the fields in [pathRegex] must be set',
      { urlRewrite: {} },
      { urlRewrite: { pathRegex: { pattern: 'a', substitution: 'b' } } },
    ],
    [
      '.internalRedirect.redirectResponseCodes',
      'redirectResponseCodes must not contain duplicates',
      redirects({ redirectResponseCodes: [301, 301] }),
      redirects({ redirectResponseCodes: [301, 302] }),
    ],
    [
      '.internalRedirect.responseHeadersToCopy',
      'responseHeadersToCopy must not contain duplicates',
      redirects({ responseHeadersToCopy: ['a', 'b', 'a'] }),
      redirects({ responseHeadersToCopy: ['a', 'A'] }),
    ],
    [
      '.compression',
      'at least one of the fields in [responseCompression requestDecompression] must be set',
      { compression: {} },
      { compression: { responseCompression: {} } },
    ],
    [
      '.compression.requestDecompression.libraries',
      'libraries must not contain duplicates',
      { compression: { requestDecompression: { libraries: ['Zstd', 'Zstd'] } } },
      { compression: { requestDecompression: { libraries: ['Zstd', 'Gzip'] } } },
    ],
    [
      '.tracing',
      'disable is mutually exclusive with other tracing fields',
      { tracing: { disable: {}, overallSampling: 5 } },
      { tracing: { overallSampling: 5 } },
    ],
    [
      '.faultInjection',
      'at least one of the fields in [delay abort responseRateLimit disable] must be set',
      { faultInjection: { maxActiveFaults: 1 } },
      { faultInjection: { disable: {} } },
    ],
    ['.faultInjection.delay.fixedDelay', 'must be at least 1ms', delay('0s'), delay('1ms')],
    ['.faultInjection.delay.fixedDelay', 'must not exceed 1h', delay('1h1ms'), delay('60m')],
    [
      '.faultInjection.abort',
      'exactly one of the fields in [httpStatus grpcStatus] must be set',
      { faultInjection: { abort: {} } },
      { faultInjection: { abort: { grpcStatus: 0 } } },
    ],
  ],
  [sizeRule],
)

function size(maxRequestSize: string | number) {
  return { buffer: { maxRequestSize } }
}

describe('TrafficPolicy', () => {
  test('what is put in of itself', () => {
    const mode = {
      requestHeaderMode: 'SEND',
      responseHeaderMode: 'SEND',
      requestBodyMode: 'BUFFERED',
      responseBodyMode: 'NONE',
      requestTrailerMode: 'SKIP',
      responseTrailerMode: 'SKIP',
    }
    const written = {
      rbac: { policy: { matchExpressions: ['true'] } },
      basicAuth: { secretRef: { name: 's' } },
      apiKeyAuth: { secretRef: { name: 's' } },
      cors: {},
      extAuth: { disable: {}, withRequestBody: { maxRequestBytes: 5 } },
      extProc: { disable: {}, processingMode: { requestBodyMode: 'BUFFERED' } },
      retry: { retryOn: ['5xx'] },
      compression: { responseCompression: {} },
      ...bucket('1s'),
      transformation: { request: { body: {} } },
    }
    assert.deepEqual(kept('TrafficPolicy', written), {
      rbac: { policy: { matchExpressions: ['true'] }, action: 'Allow' },
      basicAuth: { secretRef: { name: 's', key: '.htpasswd' } },
      apiKeyAuth: { secretRef: { group: '', kind: 'Secret', name: 's' } },
      cors: { maxAge: 5 },
      extAuth: { disable: {}, withRequestBody: { maxRequestBytes: 5, allowPartialMessage: false, packAsBytes: false } },
      extProc: { disable: {}, processingMode: mode },
      retry: { retryOn: ['5xx'], attempts: 1, backoffBaseInterval: '25ms' },
      compression: { responseCompression: { libraries: ['Gzip'] } },
      rateLimit: { local: { tokenBucket: { maxTokens: 5, tokensPerFill: 1, fillInterval: '1s' } } },
      transformation: { request: { body: { parseAs: 'AsString' } } },
    })
  })
  test('CORS keeps what it does not know, as its definition says', () => {
    assert.deepEqual(kept('TrafficPolicy', { cors: { maxAge: 9, new: { a: null } } }), {
      cors: { maxAge: 9, new: { a: null } },
    })
  })
  test('sizes of a buffer', () => {
    for (const good of [1, '1', '1Ki', '1e3', '100m', '0.5Gi'])
      assert.deepEqual(refusals('TrafficPolicy', size(good)), [])
    for (const bad of [0, -1, 4294967296, '0', '-1', '4Gi', '1Ti']) {
      assert.deepEqual(refusals('TrafficPolicy', size(bad)), [
        `spec.buffer.maxRequestSize: Invalid value: "": ${sizeRule}`,
      ])
    }
    assert.match(refusals('TrafficPolicy', size('much'))[0]!, /spec\.buffer\.maxRequestSize in body should match '/)
  })
  test('more users, longer expressions, and a target too many', () => {
    const targetRefs = Array(17).fill(target('Gateway'))
    const matchExpressions = ['x'.repeat(16385)]
    assert.deepEqual(refusals('TrafficPolicy', { targetRefs, rbac: { policy: { matchExpressions } } }).slice(0, 2), [
      'spec.targetRefs: Too many: 17: must have at most 16 items',
      'spec.rbac.policy.matchExpressions[0]: Too long: may not be more than 16384 bytes',
    ])
  })
  test('addresses that are none', () => {
    const acl = (cidr: string) => ({ acl: { defaultAction: 'allow', rules: [{ action: 'deny', cidrs: [cidr] }] } })
    for (const good of ['10.0.0.0/8', '10.0.0.1', '::1', '2001:db8::/32', 'fe80::1']) {
      assert.deepEqual(refusals('TrafficPolicy', acl(good)), [], good)
    }
    for (const bad of ['10.0.0.0/33', '300.0.0.1', '2001:db8::/129', 'a.b', ':::']) {
      assert.match(refusals('TrafficPolicy', acl(bad))[0] ?? '', /cidrs\[0\] in body should match/, bad)
    }
  })
  test('header values of which matching must stay linear in their length', () => {
    const value = `${'a'.repeat(4000)}\n`
    assert.match(refusals('TrafficPolicy', header({ name: 'n', value }))[0]!, /in body should match/)
  })
})
