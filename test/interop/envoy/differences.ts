import type { Exact } from '../../../src/policy/exact.ts'

/** Where we decide otherwise than Envoy on purpose. */
export interface Difference {
  /** How a row of docs/closed-holes.md begins (without its bar). */
  readonly hole: string
  /** What opens it again; null where nothing does. */
  readonly exact: Exact | null
  /** Which cases differ, as `config: sentence`. */
  readonly cases: RegExp
  /** What is said in place of Envoy's answer: the status, and the text of a refusal. */
  readonly ours: RegExp
}

const MALFORMED = 'Jwt is not in the form'

export const differences: readonly Difference[] = [
  {
    hole: "`jwt_authn` takes a provider's headers for claims away only when it asks that provider",
    exact: null,
    cases:
      /: (?:the (?:first|second)’s, with forged headers|a forged header in another spelling|nobody, claiming the team)$/,
    ours: /^200 $/,
  },
  {
    hole: 'A token that one `jwtAuth` took out of the request is missing for a second one',
    exact: 'tokens',
    cases: /^(?:twice|twice-optional): (?:the header|the argument|both|the header, a wrong audience for the second)$/,
    ours: /^(?:200 |403 Audiences in Jwt are not allowed)$/,
  },
  {
    hole: '`AllowMissing` takes `bearer TOKEN`',
    exact: 'tokens',
    cases: /^optional: (?:bearer|BEARER|bearer, a bad token|a tab)$/,
    ours: /^(?:200 |401 Jwt verification fails)$/,
  },
  {
    hole: 'Of a query argument that is there twice',
    exact: 'tokens',
    cases: /^forward: twice, the second bad$/,
    ours: /^401 Jwt verification fails$/,
  },
  {
    hole: 'Taking a token out of the query decodes the rest',
    exact: null,
    cases:
      /^default: (?:the argument between others|with an escaped ampersand in another|with an argument without value)$/,
    ours: /^200 $/,
  },
  {
    hole: '`crit` and `b64`',
    exact: 'crit',
    cases: /^forms: header .*"(?:crit|b64)":/,
    ours: /^401 Jwt header \[crit\] is not supported$/,
  },
  {
    hole: 'Base64url with padding, blanks or stray bits',
    exact: 'base64',
    cases:
      /: (?:empty parts|padding|a padded signature|a blank inside|stray bits|Bearer twice|something behind|with a prefix nobody asked for)$/,
    ours: new RegExp(`^401 (?:Jwt (?:header|payload|signature) is an invalid Base64url encoded$|${MALFORMED})`),
  },
  {
    hole: 'A token is read by rules beyond JSON',
    exact: null,
    cases: /^forms: payload (?:\{'a':1\}|\{a:1\}|\{"a":1,\}|\{"a":\[1,\]\}|\{"a":"\\'"\}|\{"a":"x[\n\u0001]y"\})$/,
    ours: /^401 Jwt payload is an invalid JSON$/,
  },
  {
    hole: 'A key without `alg` checks tokens of any family',
    exact: 'signatures',
    cases: /^keys-(?:ec|p384|okp|oct|everything): \w+ by (?:P-256|P-384|Ed25519|the secret)$/,
    ours: /^401 Jwt verification fails$/,
  },
  {
    hole: 'RSA keys of any size check signatures',
    exact: null,
    cases: /^keys-rsa-512: /,
    ours: /^401 Jwt verification fails$/,
  },
  {
    hole: 'Two lines of `Authorization` become one value',
    exact: null,
    cases: /^(?:default|optional): two lines/,
    ours: /^400 $/,
  },
  {
    hole: 'A claim with a tab in it',
    exact: null,
    cases: /^values: claim "tab\\there"$/,
    ours: /^503 invalid header value for: x-v$/,
  },
  {
    hole: '`%2F` may be read as data by the router',
    exact: null,
    cases: /^default: an escaped slash in lower case$/,
    ours: /^401 Jwt is missing$/,
  },
  {
    hole: '`rbac` with `action: Deny` lets a request pass when an expression has no answer',
    exact: 'deny-errors',
    cases: /^deny-/,
    ours: /^403 RBAC: access denied$/,
  },
]
