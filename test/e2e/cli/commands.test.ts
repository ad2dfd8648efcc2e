import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { join } from 'node:path'
import { it } from 'node:test'
import { parse } from 'yaml'
import { folderWith, sallyport, startGateway } from './command-line.ts'

type Step = [words: string, code: number, out: RegExp | null, err: RegExp | null]

const MASKED = /\*{8}/
const PEM = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }).toString()

it('every command about a running gateway does what it says', async (t) => {
  const { env } = await startGateway(t)
  const folder = folderWith(t, { 'key.pem': PEM, password: 'opensesame\n' })
  const steps: Step[] = [
    ['route ls', 0, /^RELATIVE URL +TARGET +HTTP METHODS +POLICIES +NAME\n$/, null],
    [
      'route add /app http://127.0.0.1:9/base --jwt --verify-exp',
      0,
      /^.*\n\/app +http:\/\/127\.0\.0\.1:9\/base +All +jwt +_app\n$/,
      null,
    ],
    ['route add /app http://127.0.0.1:9', 1, null, /there is a route for \/app already; nothing was changed/],
    ['route add /jwt http://127.0.0.1:9 --jwt', 0, /jwt/, /tokens are good for ever/],
    [
      'route add /keys https://example.org --key-auth --acl admins --acl ops -m get -m POST',
      0,
      /https:\/\/example\.org +GET POST +acl key-auth/,
      null,
    ],
    ['route add /open http://127.0.0.1:9', 0, /All +- +_open/, /\/open is open to everyone/],
    [
      'route add /page http://127.0.0.1:9 --cors-origin https://app.example',
      0,
      /All +cors +_page/,
      /\/page is open to everyone/,
    ],
    ['route delete /page', 0, null, /deleted route/],
    ['route add /public http://127.0.0.1:9 --public', 0, /All +- +_public/, null],
    ['route ls', 0, /\/app .*\n\/jwt .*\n\/keys .*\n\/open .*\n\/public .*\n$/, null],
    ['route target /open http://127.0.0.1:10', 0, null, /\/open now leads to http:\/\/127\.0\.0\.1:10/],
    ['route target /gone http://127.0.0.1:10', 1, null, /there is no route for \/gone/],
    ['route delete /open', 0, null, /deleted route \/open/],
    ['route delete /open', 0, null, /there is no route \/open, nothing to do/],
    ['route delete /open --strict', 1, null, /there is no route \/open/],
    ['route delete /public http://127.0.0.1:9', 0, null, /deleted route/],
    ['route delete _jwt', 0, null, /deleted route _jwt/],

    ['consumer add bob --custom-id 7', 0, /^CONSUMER +CUSTOM ID +ID\nbob +7 +[0-9a-f-]{36}\n$/, null],
    ['consumer add alice', 0, /alice +-/, null],
    ['consumer add alice', 1, null, /there is a consumer like this already/],
    ['consumer ls', 0, /^CONSUMER.*\nalice .*\nbob .*\n$/, null],
    ['consumer add a/b?c#d', 0, /a\/b\?c#d/, null],
    ['consumer delete a/b?c#d', 0, null, /deleted consumer a\/b\?c#d/],
    ['consumer delete ..', 1, null, /can't be asked for something named '\.\.'/],

    [
      `jwt add bob --algorithm EdDSA --public-key ${join(folder, 'key.pem')} --key https://bob`,
      0,
      /\nEdDSA +- +https:\/\/bob\n$/,
      null,
    ],
    ['jwt add bob --key k --secret s3cret', 0, /HS256 +s3cret +k\n/, null],
    ['jwt add bob --key k', 1, null, /there is a JWT credential like this already/],
    ['jwt add nobody', 1, null, /there is no consumer 'nobody'; 'sallyport consumer add nobody' adds it/],
    ['jwt ls bob', 0, MASKED, null],
    ['jwt ls bob -o json', 0, /"secret": "\*{8}"/, null],
    ['jwt ls bob --reveal', 0, /s3cret/, null],
    ['jwt ls nobody', 1, null, /there is no consumer 'nobody'/],
    ['jwt delete bob k', 0, null, /deleted JWT credential k of consumer bob/],
    ['jwt delete bob k', 0, null, /nothing to do/],

    ['key-auth add bob --key sesame', 0, /^KEY +ID\nsesame +/, null],
    ['key-auth add bob --ttl 60 -o json', 0, /"ttl": 60/, null],
    ['key-auth ls bob', 0, MASKED, null],
    ['key-auth delete bob sesame', 0, null, /^deleted API key of consumer bob\n$/],
    [`basic-auth add bob robert --password-file ${join(folder, 'password')}`, 0, /^USERNAME +ID\nrobert +/, null],
    ['basic-auth ls bob -o json', 0, /"password": "\*{8}"/, null],
    ['basic-auth delete bob robert', 0, null, /deleted username robert/],
    ['acl add bob admins', 0, /^GROUP +ID\nadmins +/, null],
    ['acl add bob admins', 1, null, /there is a group like this already/],
    ['acl ls bob', 0, /admins/, null],
    ['acl delete bob admins', 0, null, /deleted group admins/],
    ['consumer delete bob', 0, null, /deleted consumer bob and its credentials/],
    ['consumer delete bob', 0, null, /there is no consumer bob, nothing to do/],
    ['infra endpoint', 0, /^127\.0\.0\.1:\d+\n$/, null],
    ['infra endpoint --http --url', 0, /^http:\/\/127\.0\.0\.1:\d+\n$/, null],
  ]
  for (const [words, code, out, err] of steps) {
    const result = await sallyport(t, words.split(' '), env)
    assert.equal(result.code, code, `${words}: ${result.err}`)
    assert.match(result.out, out ?? /^$/, words)
    assert.match(result.err, err ?? /^$/, words)
  }
})

it('JSON and YAML say the same, and are one document', async (t) => {
  const { env } = await startGateway(t)
  await sallyport(t, ['consumer', 'add', 'my-app'], env)
  const made = JSON.parse((await sallyport(t, ['jwt', 'add', 'my-app', '-o', 'json'], env)).out)
  const listed = parse((await sallyport(t, ['jwt', 'ls', 'my-app', '--reveal', '-o', 'yaml'], env)).out)
  assert.deepEqual(listed, [made])
  assert.match(made.secret, /^[A-Za-z0-9]{32}$/)
})
