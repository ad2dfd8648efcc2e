import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Command } from './command.ts'
import { UsageError } from './failure.ts'
import { parseInput } from './parse-input.ts'

const command: Command = {
  name: 'paint',
  summary: 'Paint',
  positionals: [
    { name: 'WALL', description: '' },
    { name: 'COLOUR', description: '', optional: true },
  ],
  flags: {
    brush: { kind: 'text', description: '' },
    size: { kind: 'text', choices: ['s', 'm'], description: '' },
    layer: { kind: 'list', short: 'l', description: '' },
    dry: { kind: 'switch', description: '' },
  },
  run: async () => 0,
}
const parse = (words: string) => parseInput(command, words.split(' '))

describe('reading what stands behind a command', () => {
  it('keeps arguments and options apart, in any order', () => {
    const input = parse('--brush wide north -l 1 --layer=2 red --dry')
    assert.deepEqual([input.positional('WALL'), input.optionalPositional('COLOUR')], ['north', 'red'])
    assert.equal(input.text('brush'), 'wide')
    assert.deepEqual(input.list('layer'), ['1', '2'])
    assert.equal(input.isOn('dry'), true)
  })
  it('knows a switch that was put off from one nobody spoke of', () => {
    assert.equal(parse('north --no-dry').switched('dry'), false)
    assert.equal(parse('north').switched('dry'), undefined)
  })
  it('takes everything behind -- as arguments', () => assert.equal(parse('-- --north').positional('WALL'), '--north'))
  it('holds a question for what was not declared to be a mistake of ours', () => {
    assert.throws(() => parse('north').text('colour'), TypeError)
    assert.throws(() => parse('north').positional('COLOR'), TypeError)
  })

  const rows: [sentence: string, words: string, expected: RegExp][] = [
    ['an unknown option', 'north --dri', /^Unknown option '--dri'$/],
    ['an unknown letter', 'north -x', /^Unknown option '-x'$/],
    ['an option without its value', 'north --brush', /--brush.* argument missing$/],
    ['a switch with a value', 'north --dry=yes', /--dry.* does not take an argument$/],
    ['an option given twice', 'north --brush a --brush b', /^--brush is given 2 times, expected once$/],
    ['a value that is no choice', 'north --size xl', /^--size: 'xl': expected one of s, m$/],
    ['a missing argument', '--dry', /^missing WALL$/],
    ['an argument too many', 'north red blue', /^unexpected argument 'blue'$/],
  ]
  for (const [sentence, words, expected] of rows) {
    it(`refuses ${sentence}`, () => {
      assert.throws(
        () => parse(words),
        (error: Error) => error instanceof UsageError && expected.test(error.message),
      )
    })
  }
  it('refuses an empty argument', () => assert.throws(() => parseInput(command, ['']), /WALL is empty/))
})
