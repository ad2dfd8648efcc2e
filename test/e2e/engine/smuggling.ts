/**
 * Messages that two readers might take for different ones, and what must become of each: refused, with nothing of it
 * reaching the service, or forwarded exactly once in framing of our own.
 */

/** What the service must see of a forwarded message. */
export interface Forwarded {
  /** Method and target. */
  readonly asked: string
  readonly body: string
}

export interface Row {
  readonly sentence: string
  /** The message, one byte a character. */
  readonly bytes: string
  /** Status of the refusal, or what the service sees. */
  readonly becomes: number | Forwarded
}

const refused: [sentence: string, bytes: string, status?: number][] = []
const forwarded: [sentence: string, bytes: string, asked: string, body: string][] = []

/** What an attacker would like to see taken for a request. */
const S = 'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n'
const post = (lines: string, body = '') => `POST /m HTTP/1.1\r\nHost: a\r\n${lines}\r\n${body}`
const get = (lines: string) => `GET /m HTTP/1.1\r\nHost: a\r\n${lines}\r\n`
const chunked = (body: string) => post('Transfer-Encoding: chunked\r\n', body)

// --- length against chunks -------------------------------------------------------------------------------------------
refused.push(
  ['length then chunks', post('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n', `0\r\n\r\n${S}`)],
  ['chunks then length', post('Transfer-Encoding: chunked\r\nContent-Length: 5\r\n', `0\r\n\r\n${S}`)],
  ['length 0 and chunks', post('Content-Length: 0\r\nTransfer-Encoding: chunked\r\n', `0\r\n\r\n${S}`)],
  ['length that agrees with the chunks', post('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n')],
  ['length and a coding that is not chunked', post('Content-Length: 5\r\nTransfer-Encoding: identity\r\n', 'abcde')],
  [
    'length, chunks and a close',
    post('Connection: close\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n', `0\r\n\r\n${S}`),
  ],
  ['two lengths that differ', post('Content-Length: 5\r\nContent-Length: 6\r\n', 'abcdef')],
  ['two lengths that agree', post('Content-Length: 5\r\nContent-Length: 5\r\n', 'abcde')],
  ['two lengths in one header', post('Content-Length: 5, 5\r\n', 'abcde')],
  ['two lengths in one header that differ', post('Content-Length: 5, 6\r\n', 'abcdef')],
  ['two lengths, one in another case', post('Content-Length: 0\r\ncontent-length: 36\r\n', S)],
)
for (const value of [
  '',
  ' ',
  '+5',
  '-5',
  '5 ,',
  ',5',
  '0x5',
  '5.0',
  '5e0',
  '5;',
  '"5"',
  '1 2',
  '５',
  '99999999999999999999',
  '18446744073709551621',
  '5\t5',
  '\x0b5',
  'five',
  '1_0',
  'ninety-nine',
]) {
  refused.push([
    `length ${JSON.stringify(value)}`,
    `POST /m HTTP/1.1\r\nHost: a\r\nContent-Length: ${Buffer.from(value).toString('latin1')}\r\n\r\nabcde`,
  ])
}
forwarded.push(
  ['length 5', post('Content-Length: 5\r\n', 'abcde'), 'POST /m', 'abcde'],
  ['length with zeros in front', post('Content-Length: 0005\r\n', 'abcde'), 'POST /m', 'abcde'],
  ['length with blanks around it', post('Content-Length: \t 5 \t\r\n', 'abcde'), 'POST /m', 'abcde'],
  ['length without a blank', post('Content-Length:5\r\n', 'abcde'), 'POST /m', 'abcde'],
  ['length of a whole request', post(`Content-Length: ${S.length}\r\n`, S), 'POST /m', S],
  ['GET with a body', `GET /m HTTP/1.1\r\nHost: a\r\nContent-Length: ${S.length}\r\n\r\n${S}`, 'GET /m', S],
  [
    'GET with a chunked body',
    `GET /m HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n`,
    'GET /m',
    'abc',
  ],
  ['HEAD with a body', `HEAD /m HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc`, 'HEAD /m', 'abc'],
  ['DELETE with a body', 'DELETE /m HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc', 'DELETE /m', 'abc'],
  ['OPTIONS with a body', 'OPTIONS /m HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc', 'OPTIONS /m', 'abc'],
  ['length in disguise is no length', get('Content_Length: 36\r\n'), 'GET /m', ''],
  ['length with an X in front is no length', get('XContent-Length: 36\r\n'), 'GET /m', ''],
)

// --- codings ---------------------------------------------------------------------------------------------------------
for (const value of [
  'gzip',
  'identity',
  'chunked, chunked',
  'chunked, identity',
  'gzip, chunked',
  'identity, chunked',
  'chunked;q=1',
  'chunked,',
  ', chunked',
  ',chunked',
  'xchunked',
  'chunkedx',
  'chunk',
  '"chunked"',
  "'chunked'",
  'chunked\x00',
  '\x0bchunked',
  'chunked\x0b',
  '\x0cchunked',
  'ch\tunked',
  'cow',
  '',
  'chunked chunked',
  'x chunked',
  '\xa0chunked',
  'chunKed\xff',
  'deflate,\tchunked',
]) {
  refused.push([`coding ${JSON.stringify(value)}`, post(`Transfer-Encoding: ${value}\r\n`, `0\r\n\r\n${S}`)])
}
refused.push(
  ['coding twice', post('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', `0\r\n\r\n${S}`)],
  [
    'coding twice, first identity',
    post('Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n', `0\r\n\r\n${S}`),
  ],
  ['coding twice, then another', post('Transfer-Encoding: chunked\r\nTransfer-Encoding: cow\r\n', `0\r\n\r\n${S}`)],
  ['blank before the colon', post('Transfer-Encoding : chunked\r\n', `0\r\n\r\n${S}`)],
  ['tab before the colon', post('Transfer-Encoding\t: chunked\r\n', `0\r\n\r\n${S}`)],
  ['vertical tab before the colon', post('Transfer-Encoding\x0b: chunked\r\n', `0\r\n\r\n${S}`)],
  ['NUL in the name', post('Transfer-Encoding\0: chunked\r\n', `0\r\n\r\n${S}`)],
  ['high byte in the name', post('Transfer-Encoding\xff: chunked\r\n', `0\r\n\r\n${S}`)],
  ['blank before the name', post(' Transfer-Encoding: chunked\r\n', `0\r\n\r\n${S}`)],
  ['folded coding', post('Transfer-Encoding:\r\n chunked\r\n', `0\r\n\r\n${S}`)],
  ['coding folded behind another header', post('X: y\r\n Transfer-Encoding: chunked\r\n', `0\r\n\r\n${S}`)],
  ['coding behind a bare CR', post('X: y\rTransfer-Encoding: chunked\r\n', `0\r\n\r\n${S}`)],
  ['coding behind a bare LF', post('X: y\nTransfer-Encoding: chunked\r\n', `0\r\n\r\n${S}`)],
  ['coding ended by a bare LF', post('Transfer-Encoding: chunked\nX: y\r\n', `0\r\n\r\n${S}`)],
  ['coding ended by CR CR LF', post('Transfer-Encoding: chunked\r\r\n', `0\r\n\r\n${S}`)],
  ['coding behind an empty name', post(': Transfer-Encoding: chunked\r\n', `0\r\n\r\n${S}`)],
  ['coding without a colon', post('Transfer-Encoding\r\n', `0\r\n\r\n${S}`)],
  ['a tab behind the coding', post('Transfer-Encoding: chunked\t\r\n', `0\r\n\r\n${S}`)],
  ['a blank behind the coding', post('Transfer-Encoding: chunked \r\n', `0\r\n\r\n${S}`)],
  ['coding in HTTP/1.0', `POST /m HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${S}`],
  [
    'coding that Connection takes away',
    post('Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked\r\n', `0\r\n\r\n${S}`),
  ],
  ['length that Connection takes away', post(`Connection: content-length\r\nContent-Length: ${S.length}\r\n`, S)],
)
forwarded.push(
  ['chunked in capitals', post('TRANSFER-ENCODING: CHUNKED\r\n', '3\r\nabc\r\n0\r\n\r\n'), 'POST /m', 'abc'],
  [
    'chunked with blanks before it',
    post('Transfer-Encoding: \t chunked\r\n', '3\r\nabc\r\n0\r\n\r\n'),
    'POST /m',
    'abc',
  ],
  [
    'coding in disguise is no coding',
    post('Transfer_Encoding: chunked\r\nContent-Length: 5\r\n', '0\r\n\r\n'),
    'POST /m',
    '0\r\n\r\n',
  ],
  [
    'coding with a dot is no coding',
    post('Transfer.Encoding: chunked\r\nContent-Length: 5\r\n', '0\r\n\r\n'),
    'POST /m',
    '0\r\n\r\n',
  ],
)

// --- chunks ----------------------------------------------------------------------------------------------------------
for (const [sentence, body] of [
  ['size with a sign', `+3\r\nabc\r\n0\r\n\r\n`],
  ['negative size', `-1\r\nabc\r\n0\r\n\r\n`],
  ['size with 0x', `0x3\r\nabc\r\n0\r\n\r\n`],
  ['size with a blank in front', ` 3\r\nabc\r\n0\r\n\r\n`],
  ['size that is no number', `g\r\nabc\r\n0\r\n\r\n`],
  ['empty size', `\r\nabc\r\n0\r\n\r\n`],
  ['size with an underscore', `1_0\r\n${'x'.repeat(16)}\r\n0\r\n\r\n`],
  ['size beyond 64 bits', `10000000000000003\r\nabc\r\n0\r\n\r\n`],
  ['size of 2^64', `ffffffffffffffff0\r\nabc\r\n0\r\n\r\n`],
  ['size ended by a bare LF', `3\nabc\r\n0\r\n\r\n`],
  ['size ended by a bare CR', `3\rabc\r\n0\r\n\r\n`],
  ['size ended by CR CR LF', `3\r\r\nabc\r\n0\r\n\r\n`],
  ['data ended by a bare LF', `3\r\nabc\n0\r\n\r\n`],
  ['data ended by a bare CR', `3\r\nabc\r0\r\n\r\n`],
  ['data longer than its size', `3\r\nabcd\r\n0\r\n\r\n`],
  ['data shorter than its size', `5\r\nabc\r\n0\r\n\r\n${S}`],
  ['data without a line end', `3\r\nabc0\r\n\r\n`],
  ['last chunk ended by a bare LF', `3\r\nabc\r\n0\n\n`],
  ['last chunk with a bare LF behind', `3\r\nabc\r\n0\r\n\n`],
  ['extension with a bare LF', `3;a\nb\r\nabc\r\n0\r\n\r\n`],
  ['extension with a bare CR', `3;a\rb\r\nabc\r\n0\r\n\r\n`],
  ['extension with NUL', `3;a\0\r\nabc\r\n0\r\n\r\n`],
  ['quoted extension across lines', `3;a="\r\nb"\r\nabc\r\n0\r\n\r\n`],
  ['blank behind the size, then junk', `3 x\r\nabc\r\n0\r\n\r\n`],
  ['trailer with a bare LF', `3\r\nabc\r\n0\r\nX: y\n\r\n`],
  ['trailer that is folded', `3\r\nabc\r\n0\r\nX: y\r\n z\r\n\r\n`],
  ['trailer with a blank before the colon', `3\r\nabc\r\n0\r\nX : y\r\n\r\n`],
  ['trailer without a name', `3\r\nabc\r\n0\r\n: y\r\n\r\n`],
  ['trailer that is a request line', `3\r\nabc\r\n0\r\n${S}`],
  ['trailer Content-Length', `3\r\nabc\r\n0\r\nContent-Length: 40\r\n\r\n`],
  ['trailer Transfer-Encoding', `3\r\nabc\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n`],
] as const) {
  refused.push([`chunks: ${sentence}`, chunked(body)])
}
forwarded.push(
  ['chunks: size with zeros in front', chunked('00000003\r\nabc\r\n0\r\n\r\n'), 'POST /m', 'abc'],
  ['chunks: size in capitals', chunked('A\r\n0123456789\r\n0\r\n\r\n'), 'POST /m', '0123456789'],
  ['chunks: extension', chunked('3;a=b\r\nabc\r\n0\r\n\r\n'), 'POST /m', 'abc'],
  ['chunks: quoted extension', chunked('3;a="b;c"\r\nabc\r\n0\r\n\r\n'), 'POST /m', 'abc'],
  ['chunks: data that looks like framing', chunked(`5\r\n0\r\n\r\n\r\n0\r\n\r\n`), 'POST /m', '0\r\n\r\n'],
  ['chunks: data that looks like a request', chunked(`${S.length.toString(16)}\r\n${S}\r\n0\r\n\r\n`), 'POST /m', S],
  ['chunks: several last zeros', chunked('3\r\nabc\r\n0000\r\n\r\n'), 'POST /m', 'abc'],
)

// --- lines of the head -----------------------------------------------------------------------------------------------
for (const [sentence, bytes] of [
  ['bare LF line ends', 'GET /m HTTP/1.1\nHost: a\n\n'],
  ['bare LF behind the request line', 'GET /m HTTP/1.1\nHost: a\r\n\r\n'],
  ['bare LF ends the head', 'GET /m HTTP/1.1\r\nHost: a\r\n\n'],
  ['bare CR ends a line', 'GET /m HTTP/1.1\rHost: a\r\n\r\n'],
  ['NUL in a value', get('X: a\0b\r\n')],
  ['control character in a value', get('X: a\x01b\r\n')],
  ['DEL in a value', get('X: a\x7fb\r\n')],
  ['bare CR in a value', get('X: a\rb\r\n')],
  ['CR CR LF', get('X: a\r\r\n')],
  ['name with a blank', get('X Y: a\r\n')],
  ['name with a parenthesis', get('X(: a\r\n')],
  ['name with a high byte', get('X\xe9: a\r\n')],
  ['no colon', get('nonsense\r\n')],
  ['no name', get(': a\r\n')],
  ['first line folded', 'GET /m HTTP/1.1\r\n Host: a\r\n\r\n'],
  ['folded by a tab', get('X: a\r\n\tb\r\n')],
  ['two blanks behind the method', 'GET  /m HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['tab behind the method', 'GET\t/m HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['two blanks before the version', 'GET /m  HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['blank behind the version', 'GET /m HTTP/1.1 \r\nHost: a\r\n\r\n'],
  ['blank before the method', ' GET /m HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['no version', 'GET /m\r\nHost: a\r\n\r\n'],
  ['no target', 'GET HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['version 0.9', 'GET /m HTTP/0.9\r\nHost: a\r\n\r\n'],
  ['version 1.2', 'GET /m HTTP/1.2\r\nHost: a\r\n\r\n'],
  ['version 2.0', 'GET /m HTTP/2.0\r\nHost: a\r\n\r\n'],
  ['version 1.10', 'GET /m HTTP/1.10\r\nHost: a\r\n\r\n'],
  ['version in lower case', 'GET /m http/1.1\r\nHost: a\r\n\r\n'],
  ['version of another protocol', 'GET /m ICE/1.0\r\nHost: a\r\n\r\n'],
  ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['method in lower case', 'get /m HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['method nobody knows', 'SMUGGLE /m HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['method with a colon', 'GET: /m HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['a TLS handshake', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'.padEnd(60, '\x00')],
  ['a PROXY header', `PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n${get('')}`],
] as const) {
  refused.push([`head: ${sentence}`, bytes])
}

// --- targets and hosts -----------------------------------------------------------------------------------------------
for (const [sentence, target] of [
  ['blank', '/m m'],
  ['fragment', '/m#x'],
  ['quote', '/m"x'],
  ['backslash', '/m\\x'],
  ['angle bracket', '/m<x'],
  ['brace', '/m{x'],
  ['caret', '/m^x'],
  ['high byte', '/m\xe9'],
  ['NUL', '/m\0'],
  ['DEL', '/m\x7f'],
  ['tab', '/m\tx'],
  ['bare name', 'm'],
  ['asterisk for GET', '*'],
  ['authority', 'a:80'],
  ['other scheme', 'ftp://a/m'],
  ['userinfo', 'http://u@a/m'],
  ['absolute with another host', 'http://b/m'],
  ['absolute with another port', 'http://a:81/m'],
  ['absolute without a host', 'http:///m'],
  ['fragment in the query', '/m?a#b'],
  ['quote in the query', '/m?"'],
  ['above the root', '/../m'],
  ['escape that is none', '/m%zz'],
  ['escape cut short', '/m%2'],
  ['escaped NUL', '/m%00'],
  ['dots behind an escape', '/a/..%2Fm'],
  ['dots with parameters', '/a/..;/m'],
] as const) {
  refused.push([`target: ${sentence}`, `GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`])
}
for (const [sentence, lines] of [
  ['none', ''],
  ['empty', 'Host:\r\n'],
  ['two', 'Host: a\r\nHost: b\r\n'],
  ['two that agree', 'Host: a\r\nHost: a\r\n'],
  ['list', 'Host: a, b\r\n'],
  ['blank inside', 'Host: a b\r\n'],
  ['path', 'Host: a/b\r\n'],
  ['userinfo', 'Host: u@a\r\n'],
  ['port that is none', 'Host: a:b\r\n'],
  ['two ports', 'Host: a:1:2\r\n'],
  ['port too long', 'Host: a:123456\r\n'],
  ['query', 'Host: a?b\r\n'],
  ['backslash', 'Host: a\\b\r\n'],
  ['high byte', 'Host: \xe9\r\n'],
  ['open bracket', 'Host: [::1\r\n'],
  ['escape', 'Host: a%2eb\r\n'],
  ['in disguise only', 'Host_: a\r\n'],
  ['folded', 'Host: a\r\n b\r\n'],
] as const) {
  refused.push([`host: ${sentence}`, `GET /m HTTP/1.1\r\n${lines}\r\n`])
}
refused.push(
  ['CONNECT', 'CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n', 405],
  ['CONNECT in origin form', 'CONNECT /m HTTP/1.1\r\nHost: a\r\n\r\n', 405],
  ['TRACE', 'TRACE /m HTTP/1.1\r\nHost: a\r\n\r\n', 405],
  ['two Authorization headers', get('Authorization: a\r\nAuthorization: b\r\n')],
  ['Connection that takes the host away', get('Connection: host\r\n')],
)
forwarded.push(
  ['target: absolute, same host', 'GET http://a/m HTTP/1.1\r\nHost: a\r\n\r\n', 'GET /m', ''],
  ['target: absolute, host in capitals', 'GET HTTP://A/m HTTP/1.1\r\nHost: a\r\n\r\n', 'GET /m', ''],
  [
    'target: query with anything browsers send',
    "GET /m?a[]={b}|^`\\&c='d' HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET /m?a[]={b}|^`\\&c='d'",
    '',
  ],
  ['target: slashes and dots are tidied', 'GET //a/./b/../m HTTP/1.1\r\nHost: a\r\n\r\n', 'GET /a/m', ''],
  ['target: an escaped slash stays escaped', 'GET /a%2fm HTTP/1.1\r\nHost: a\r\n\r\n', 'GET /a%2Fm', ''],
  ['host: address and port', 'GET /m HTTP/1.1\r\nHost: [::1]:80\r\n\r\n', 'GET /m', ''],
  ['head: empty value', get('X:\r\nY: \r\n'), 'GET /m', ''],
  ['head: high bytes in a value', get('X: \xe9\xff\r\n'), 'GET /m', ''],
)

export const rows: readonly Row[] = [
  ...refused.map(([sentence, bytes, status]) => ({ sentence, bytes, becomes: status ?? 400 })),
  ...forwarded.map(([sentence, bytes, asked, body]) => ({ sentence, bytes, becomes: { asked, body } })),
]
