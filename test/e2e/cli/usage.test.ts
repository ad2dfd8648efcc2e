import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { sallyport } from './command-line.ts'

// Nothing ever listens on port 2.
const NOWHERE = { SALLYPORT_ADMIN: '127.0.0.1:2' }

describe('wrong usage ends with 2 and says what is right', () => {
  const rows: [words: string, err: RegExp][] = [
    [
      'nope',
      /^error: unknown command 'nope'; sallyport knows: start, check, convert, demo, get, diff, apply, dump, delete, /,
    ],
    ['route nope', /^error: unknown command 'nope'; sallyport route knows: add, ls, target, delete\n$/],
    ['route', /Usage: sallyport route add\|ls\|target\|delete/],
    ['route add', /^error: missing PATH\nUsage: sallyport route add PATH \[TARGET\]/],
    ['route add app --jwt', /^error: PATH: 'app': expected a path that begins with \//],
    ['route add /app --jtw', /^error: Unknown option '--jtw'\n/],
    ['route add /app httpfoo --jwt', /^error: TARGET: 'httpfoo': expected the URL of a service/],
    ['route add /app ftp://x --jwt', /^error: TARGET: 'ftp:\/\/x': expected a URL with http or https/],
    ['route add /app http://u:p@x --jwt', /a target has no username/],
    ['route add /app http://x --target http://y --jwt', /give one/],
    ['route add /app http://x --acl admins', /--acl must know who calls/],
    ['route add /app http://x --verify-exp', /it needs --jwt/],
    ['route add /app http://x --jwt --public', /contradict/],
    ['route add /app http://x -m G-T --jwt', /--http-methods: 'G-T'/],
    ['route ls extra', /^error: unexpected argument 'extra'/],
    ['route ls -o xml', /^error: --output: 'xml': expected one of table, json, yaml/],
    ['route ls --admin 8001', /^error: --admin: '8001': expected HOST:PORT or a URL/],
    ['route ls --admin a:1 --admin b:1', /^error: --admin is given 2 times/],
    ['jwt add bob --algorithm none', /^error: --algorithm: 'none': expected one of HS256, /],
    ['jwt add bob --algorithm ES256', /--algorithm ES256 needs --public-key FILE/],
    ['jwt add bob --public-key x.pem', /HS256 has a shared secret/],
    ['jwt add bob --secret a --secret-file b', /contradict/],
    ['basic-auth add bob alice', /a password is needed/],
    ['key-auth add bob --ttl soon', /--ttl: 'soon'/],
    ['start --workers many', /^error: --workers: 'many': expected a number of workers/],
    ['start --proxy-http off --proxy-https off --admin off', /nothing to serve/],
    [
      'start --admin 0.0.0.0:8001',
      /^error: --admin: '0\.0\.0\.0' is reached from other machines.*add --admin-token-file FILE/,
    ],
    ['start extra', /unexpected argument 'extra'/],
    ['check', /there is no source to check/],
    ['check apisix:x', /^error: SOURCE: 'apisix:x': this dialect is not supported yet/],
    ['completion tcsh', /expected one of bash, zsh, fish/],
  ]
  for (const [words, expected] of rows) {
    it(`sallyport ${words}`, async (t) => {
      const { code, out, err } = await sallyport(t, words.split(' '), NOWHERE)
      assert.match(err, expected)
      assert.equal(out, '')
      assert.equal(code, 2)
    })
  }
})

describe('without a gateway', () => {
  for (const words of ['route ls', 'route add /app http://x --jwt', 'consumer add x', 'jwt add x', 'infra endpoint']) {
    it(`sallyport ${words} fails, and says what to do`, async (t) => {
      const { code, out, err } = await sallyport(t, words.split(' '), NOWHERE)
      assert.equal(code, 1)
      assert.equal(out, '')
      assert.match(err, /^error: no gateway can be reached at http:\/\/127\.0\.0\.1:2: nothing listens there\n/)
      assert.match(err, /Start one with 'sallyport start'.*--admin HOST:PORT, or SALLYPORT_ADMIN/)
    })
  }
  it('a file that is not there fails', async (t) => {
    const { code, err } = await sallyport(t, ['jwt', 'add', 'bob', '--secret-file', '/gone'], NOWHERE)
    assert.equal(code, 1)
    assert.match(err, /^error: --secret-file: '\/gone' can't be read: /)
  })
})

describe('help', () => {
  const rows: [words: string[], expected: RegExp][] = [
    [[], /^Sallyport: .*\n\nUsage: sallyport COMMAND/],
    [['--help'], /Commands\n {2}start/],
    [['-h'], /route add\|ls\|target\|delete/],
    [['help', 'route', 'add'], /^Add a route/],
    [['route', '--help'], /Usage: sallyport route add\|ls/],
    [['route', 'add', '--help'], /--jwt .*\n.*--verify-exp/],
    [['route', 'add', '/app', '--jtw', '-h'], /^Add a route/],
    [['start', '--help'], /--proxy-http HOST:PORT\|off .*SALLYPORT_PROXY_HTTP|SALLYPORT_PROXY_HTTP, key proxy\.http/],
    [['--version'], /^\d+\.\d+\.\d+\n$/],
  ]
  for (const [words, expected] of rows) {
    it(`sallyport ${words.join(' ')}`, async (t) => {
      const { code, out, err } = await sallyport(t, words)
      assert.match(out, expected)
      assert.equal(err, '')
      assert.equal(code, 0)
    })
  }
})
