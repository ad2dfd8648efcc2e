import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Allowed } from './decision.ts'
import { decodeCheckResponse } from './grpc/check-response.ts'
import { headerOption, type Message, message } from './message-kit.ts'

const denied = (status: number, headers: readonly (readonly [string, string])[] = [], body = '') => ({
  ...{ kind: 'denied', status, headers, body, metadata: null },
})
const DENIED: Message[number] = [1, [[1, 7]]]
const struct: Message = [
  [
    1,
    [
      [1, 'a'],
      [2, [[3, 'x']]],
    ],
  ],
]

const rows: [sentence: string, answer: Message, decision: object][] = [
  ['no denial, no more', [DENIED], denied(403)],
  [
    'a status',
    [
      DENIED,
      [
        2,
        [
          [1, [[1, 401]]],
          [3, 'no!'],
        ],
      ],
    ],
    denied(401, [], 'no!'),
  ],
  ['no status, a body', [DENIED, [2, [[3, 'b']]]], denied(403, [], 'b')],
  ['status 200', [DENIED, [2, [[1, [[1, 200]]]]]], denied(200)],
  ['a status that is not final', [DENIED, [2, [[1, [[1, 100]]]]]], denied(500)],
  [
    'headers, repeated ones and cookies',
    [
      DENIED,
      [
        2,
        [
          [2, headerOption('X-D', '1')],
          [2, headerOption('x-d', '2')],
          [2, headerOption('set-cookie', 'a')],
          [2, headerOption('set-cookie', 'b')],
          [2, headerOption('content-length', '100')],
          [2, headerOption('x-bad', 'a\r\nb: c')],
          [2, headerOption('x bad', 'a')],
          [2, headerOption('x-utf', 'é')],
        ],
      ],
    ],
    denied(403, [
      ['x-d', '1'],
      ['x-d', '2'],
      ['set-cookie', 'a'],
      ['set-cookie', 'b'],
      ['x-utf', '\xc3\xa9'],
    ]),
  ],
  ['metadata of a denial', [DENIED, [4, struct]], { ...denied(403), metadata: { a: 'x' } }],
  [
    'an answer of its own for an error',
    [
      DENIED,
      [
        5,
        [
          [1, [[1, 503]]],
          [2, headerOption('x-err', '1')],
          [3, 'later'],
        ],
      ],
    ],
    {
      kind: 'error',
      why: 'the service says that it can not decide',
      answer: { status: 503, headers: [['x-err', '1']], body: 'later' },
      isRetriable: false,
    },
  ],
  [
    'an error without a status',
    [DENIED, [5, []]],
    { kind: 'error', why: 'the service says that it can not decide', answer: null, isRetriable: false },
  ],
  ['a header that can’t be sent', [[3, [[2, headerOption('x-bad', 'a\nb')]]]], denied(500)],
  ['a header that can’t be answered', [[3, [[6, headerOption('x-bad', 'a\nb')]]]], denied(500)],
]
for (const [sentence, answer, decision] of rows) {
  test(`${sentence}`, () => assert.deepEqual(decodeCheckResponse(message(answer)), decision))
}

const nothing: Allowed = {
  ...{ kind: 'allowed', request: [], removed: [], response: [], metadata: null },
  query: { set: [], removed: [] },
}
const allowed: [sentence: string, answer: Message, decision: Partial<Allowed>][] = [
  ['nothing at all', [], {}],
  ['status 0', [[1, [[1, 0]]]], {}],
  ['an error that is none', [[5, [[1, [[1, 503]]]]]], {}],
  [
    'fields that nobody knows',
    [
      [99, 'x'],
      [3, [[98, 7]]],
    ],
    {},
  ],
  ['metadata', [[4, struct]], { metadata: { a: 'x' } }],
  ['metadata where it used to be', [[3, [[3, struct]]]], { metadata: { a: 'x' } }],
  [
    'headers for the service: `append` decides, and nothing else',
    [
      [
        3,
        [
          [2, headerOption('X-A', '1')],
          [2, headerOption('x-b', '2', true)],
          [2, headerOption('x-c', '3', false)],
          [2, headerOption('x-d', '4', null, 1)],
          [2, headerOption('x-e', '')],
          [
            2,
            [
              [
                1,
                [
                  [1, 'x-f'],
                  [3, Buffer.from('é')],
                ],
              ],
            ],
          ],
        ],
      ],
    ],
    {
      request: [
        { op: 'set', name: 'x-a', value: '1' },
        { op: 'extend', name: 'x-b', value: '2' },
        { op: 'set', name: 'x-c', value: '3' },
        { op: 'set', name: 'x-d', value: '4' },
        { op: 'set', name: 'x-e', value: '' },
        { op: 'set', name: 'x-f', value: '\xc3\xa9' },
      ],
    },
  ],
  [
    'headers for the client: `append`, or the action',
    [
      [
        3,
        [
          [6, headerOption('x-a', '1')],
          [6, headerOption('x-b', '2', true)],
          [6, headerOption('x-c', '3', false)],
          [6, headerOption('x-d', '4', null, 1)],
          [6, headerOption('x-e', '5', null, 2)],
          [6, headerOption('x-f', '6', null, 3)],
          [6, headerOption('x-g', '7', null, 9)],
          [6, headerOption('content-length', '8')],
        ],
      ],
    ],
    {
      response: [
        { op: 'add', name: 'x-a', value: '1' },
        { op: 'add', name: 'x-b', value: '2' },
        { op: 'set', name: 'x-c', value: '3' },
        { op: 'if-absent', name: 'x-d', value: '4' },
        { op: 'set', name: 'x-e', value: '5' },
        { op: 'if-present', name: 'x-f', value: '6' },
        { op: 'set', name: 'x-g', value: '7' },
      ],
    },
  ],
  [
    'removals: no pseudo headers, no host',
    [
      [
        3,
        [
          [5, 'X-R'],
          [5, 'Host'],
          [5, ':path'],
        ],
      ],
    ],
    { removed: ['x-r'] },
  ],
  [
    'query arguments',
    [
      [
        3,
        [
          [
            7,
            [
              [1, 'q'],
              [2, 'v'],
            ],
          ],
          [8, 'r'],
        ],
      ],
    ],
    { query: { set: [['q', 'v']], removed: ['r'] } },
  ],
]
for (const [sentence, answer, decision] of allowed) {
  test(`allowed with ${sentence}`, () => {
    assert.deepEqual(decodeCheckResponse(message(answer)), { ...nothing, ...decision })
  })
}

for (const bytes of [[0x0a], [0x0a, 5, 1], [0x1a, 2, 0x12, 9], [0xff, 0xff, 0xff]]) {
  test(`bytes ${bytes} are no message`, () => assert.throws(() => decodeCheckResponse(Uint8Array.from(bytes))))
}
