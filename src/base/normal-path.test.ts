import assert from 'node:assert/strict'
import { test } from 'node:test'
import { normalPath } from './normal-path.ts'

const rows: readonly (readonly [sentence: string, raw: string, normal: string | null])[] = [
  ['a plain path stays', '/plain/x', '/plain/x'],
  ['the root stays', '/', '/'],
  ['a final slash stays', '/a/', '/a/'],
  ['what a plain path may hold stays', "/~u;v=1/a+b/!$&'()*,:@=#f", "/~u;v=1/a+b/!$&'()*,:@=#f"],
  ['raw bytes beyond ASCII stay', '/\xc3\xa9', '/\xc3\xa9'],
  ['dots inside names stay', '/a.b/..c/.d/e..', '/a.b/..c/.d/e..'],

  ['an escaped letter is the letter', '/%70lain', '/plain'],
  ['an escaped blank is a blank', '/enc%20oded', '/enc oded'],
  ['escaped bytes beyond ASCII are the bytes', '/%c3%A9', '/\xc3\xa9'],
  ['an escaped unreserved sign is the sign', '/%7Euser%2Dx', '/~user-x'],
  ['an escaped slash is data, in upper case', '/a%2fb', '/a%2Fb'],
  ['an escaped percent sign stays escaped', '/a%25', '/a%25'],
  ['what is escaped twice is decoded once at most', '/%252e%252e/%252F', '/%252e%252e/%252F'],
  ['an escaped delimiter stays escaped', '/%3f%23%3B%3d', '/%3F%23%3B%3D'],
  ['an escaped control character stays escaped', '/%0d%0A%7f', '/%0D%0A%7F'],
  ['an escaped backslash is a backslash', '/a%5cb', '/a\\b'],

  ['repeated slashes are one', '//a///b//', '/a/b/'],
  ['a dot segment goes', '/a/./b', '/a/b'],
  ['a dot segment at the end leaves its slash', '/a/.', '/a/'],
  ['two dots take a segment along', '/keep/../plain/x', '/plain/x'],
  ['two dots at the end', '/a/b/..', '/a/'],
  ['two dots down to the root', '/a/..', '/'],
  ['escaped dots are dots', '/keep/%2e%2E/plain', '/plain'],
  ['half escaped dots are dots', '/keep/.%2e/plain', '/plain'],
  ['two dots after repeated slashes take a real segment', '/a//../b', '/b'],

  ['nothing is refused', '', null],
  ['a path that does not start with a slash is refused', 'a', null],
  ['climbing above the root is refused', '/../x', null],
  ['climbing above the root by escapes is refused', '/%2e%2e/x', null],
  ['climbing above the root later is refused', '/a/../../x', null],
  ['climbing through an empty segment is refused', '//../x', null],
  ['a bad escape is refused', '/%zz', null],
  ['half an escape at the end is refused', '/a%2', null],
  ['a bare percent sign is refused', '/100%', null],
  ['NUL is refused', '/a%00b', null],
  ['dots before parameters are refused', '/public/..;/admin', null],
  ['one dot before parameters is refused', '/public/.;x=1/admin', null],
  ['escaped dots before parameters are refused', '/public/%2e%2e;/admin', null],
  ['dots before a fragment are refused', '/public/..#x', null],
  ['dots before escaped parameters are refused', '/public/..%3b/admin', null],
  ['dots before a control character are refused', '/public/..%09/admin', null],
  ['dots before an escaped slash are refused', '/public/..%2fadmin', null],
  ['escaped dots before an escaped slash are refused', '/public/%2E%2E%2Fadmin', null],
  ['dots behind an escaped slash are refused', '/public%2f../admin', null],
  ['dots between escaped slashes are refused', '/public/x%2f..%2fadmin', null],
  ['dots before a backslash are refused', '/public/..\\admin', null],
  ['dots before an escaped backslash are refused', '/public/..%5Cadmin', null],
  ['dots behind a backslash are refused', '/public\\..\\admin', null],
  ['dots behind a backslash at the end are refused', '/public\\..', null],
]

for (const [sentence, raw, normal] of rows) {
  test(`${sentence}: ${JSON.stringify(raw)}`, () => {
    assert.equal(normalPath(raw), normal)
  })
}

test('what is normal stays as it is', () => {
  for (const [, , normal] of rows) if (normal !== null) assert.equal(normalPath(normal), normal)
})

/** A small generator of pseudo-random numbers (mulberry32), so that a failure can be repeated. */
function random(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % below
  }
}

test('no server that decodes once more, or reads backslashes and parameters its own way, finds a step up', () => {
  const below = random(1)
  const pieces = [
    '/',
    '.',
    '..',
    'a',
    '%2e',
    '%2E',
    '%2f',
    '%2F',
    '%5c',
    '\\',
    ';',
    '%3b',
    '#',
    '%25',
    '%',
    '%2',
    '2e',
    '\xe9',
  ]
  let normal = 0
  for (let n = 0; n < 200_000; n++) {
    const raw = `/${Array.from({ length: 1 + below(7) }, () => pieces[below(pieces.length)]).join('')}`
    const path = normalPath(raw)
    if (path === null) continue
    normal++
    assert.equal(normalPath(path), path, raw)
    assert.doesNotMatch(path, /\/\/|\/\.\.?(?:\/|$)/, raw)
    const once = path.replace(/%([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
    const leniently = once.replaceAll('\\', '/').replace(/[;#?\x00-\x1f\x7f][^/]*/g, '')
    assert.ok(!leniently.split('/').some((segment) => segment === '..' || segment === '.'), raw)
  }
  assert.ok(normal > 50_000)
})
