import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, it } from 'node:test'
import { commands } from '../commands.ts'
import { bashCompletion } from './bash.ts'
import { completedCommands } from './completed-commands.ts'
import { fishCompletion } from './fish.ts'
import { zshCompletion } from './zsh.ts'

const completed = completedCommands(commands)

/** What bash would offer for the last of these words. */
function offered(...words: string[]): string[] {
  const script = `${bashCompletion(completed)}
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_sallyport
printf '%s\\n' "\${COMPREPLY[@]}"`
  const { stdout, stderr } = spawnSync('bash', ['-c', script, 'bash', ...words], { encoding: 'utf8' })
  assert.equal(stderr, '')
  return stdout.split('\n').filter((line) => line !== '')
}

describe('in bash', () => {
  const rows: [sentence: string, words: string[], expected: string[]][] = [
    ['commands', ['sallyport', 'sta'], ['start']],
    ['groups', ['sallyport', 'ro'], ['route']],
    ['what follows a group', ['sallyport', 'route', ''], ['add', 'ls', 'target', 'delete']],
    ['options of a command', ['sallyport', 'start', '--proxy-'], ['--proxy-http', '--proxy-https', '--proxy-protocol']],
    ['options of a command in a group', ['sallyport', 'route', 'add', '/app', '--jw'], ['--jwt']],
    ['values where they are known', ['sallyport', 'route', 'ls', '-o', ''], ['table', 'json', 'yaml']],
    ['values of a long option', ['sallyport', 'jwt', 'add', 'x', '--algorithm', 'Ed'], ['EdDSA']],
    ['nothing where an option takes any text', ['sallyport', 'route', 'ls', '--admin', '--'], []],
    ['nothing for an argument, so that files are offered', ['sallyport', 'check', ''], []],
    ['nothing for an unknown command', ['sallyport', 'nope', '--'], []],
  ]
  for (const [sentence, words, expected] of rows)
    it(`offers ${sentence}`, () => assert.deepEqual(offered(...words), expected))
})

describe('every shell', () => {
  for (const [shell, script] of Object.entries({
    bash: bashCompletion(completed),
    zsh: zshCompletion(completed),
    fish: fishCompletion(completed),
  })) {
    it(`${shell} knows every command and every option`, () => {
      for (const { word } of completed.first) assert.ok(script.includes(word), word)
      for (const { flags } of completed.commands) {
        for (const { word } of flags) assert.ok(script.includes(shell === 'fish' ? `-l ${word.slice(2)} ` : word), word)
      }
    })
  }
})
