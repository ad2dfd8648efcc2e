import { spawn } from 'node:child_process'
import { existsSync, globSync, mkdirSync, writeFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import type { Command, Group, Input } from '../command.ts'
import { CommandFailure, UsageError } from '../failure.ts'
import type { Io } from '../io.ts'
import { scaffold } from './scaffold.ts'

const newCommand: Command = {
  name: 'new',
  summary: 'Write the beginnings of a policy of your own',
  details: ['Makes the folder NAME with a policy, a test that passes, a README and an example.'],
  positionals: [{ name: 'NAME', description: 'Lower-case letters, digits and dashes.' }],
  flags: {
    in: { kind: 'text', hint: 'DIR', description: 'The folder of your policies; the working directory otherwise.' },
  },
  examples: ['policy new tenant-headers --in policies'],
  run: writeNew,
}

async function writeNew(input: Input, io: Io): Promise<number> {
  const name = input.positional('NAME')
  if (!/^[a-z][a-z0-9-]*$/.test(name)) {
    throw new UsageError(`NAME: '${name}': expected lower-case letters, digits and dashes, such as tenant-headers`)
  }
  const { policies } = await import('../../policies/index.ts')
  if (policies.some((policy) => policy.name === name)) {
    throw new UsageError(`NAME: '${name}': there is a policy of that name already; choose another`)
  }
  const folder = join(input.text('in') ?? '.', name)
  if (existsSync(folder)) throw new CommandFailure(`${folder} is there already; choose another name, or edit it`)
  mkdirSync(folder, { recursive: true })
  for (const [file, text] of Object.entries(scaffold(name))) writeFileSync(join(folder, file), text)
  io.out(`${folder}\n`)
  io.err(`next: sallyport policy test ${folder}; sallyport start --policies ${input.text('in') ?? '.'}\n`)
  return 0
}

const testCommand: Command = {
  name: 'test',
  summary: 'Check policies of your own and run their tests',
  details: ['DIR is the folder of one policy, or one that holds several. Tests are files *.test.ts, .js or .mjs.'],
  positionals: [{ name: 'DIR', description: 'The working directory otherwise.', optional: true }],
  examples: ['policy test policies/tenant-headers', 'policy test policies'],
  run: runTests,
}

async function runTests(input: Input, io: Io): Promise<number> {
  const dir = input.optionalPositional('DIR') ?? '.'
  if (!existsSync(dir)) throw new CommandFailure(`${dir}: there is no such folder`)
  const files = globSync('**/*.test.{ts,js,mjs}', { cwd: dir, exclude: (path) => path.includes('node_modules') })
  if (files.length === 0) {
    throw new CommandFailure(`${dir}: there are no tests here: write policy.test.ts, as 'sallyport policy new' does`)
  }
  // The process of the tests finds `sallyport/policy` as a gateway does.
  const hooks = new URL(`../../custom-policies/register${extname(import.meta.filename)}`, import.meta.url).href
  const { NODE_TEST_CONTEXT: _, ...env } = io.env
  const words = ['--disable-warning=ExperimentalWarning', '--import', hooks, '--test', ...files.sort()]
  const child = spawn(process.execPath, words, { cwd: dir, env, stdio: ['ignore', 'pipe', 'pipe'] })
  child.stdout.on('data', (chunk: Buffer) => io.out(chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => io.err(chunk.toString()))
  return await new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve(code === 0 ? 0 : 1))
  })
}

export const policyGroup: Group = {
  name: 'policy',
  summary: 'Policies of your own',
  commands: [newCommand, testCommand],
}
