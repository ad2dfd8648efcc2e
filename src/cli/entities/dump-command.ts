import { lstatSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { stringify } from 'yaml'
import type { Command } from '../command.ts'
import { CommandFailure, failureText } from '../failure.ts'
import { adminClient, gatewayFlags } from '../gateway/gateway-flags.ts'
import { currentEntities } from './current-entities.ts'
import { configured, kongKinds, policyFlags } from './kong-kinds.ts'

export const dumpCommand: Command = {
  name: 'dump',
  summary: 'Write what a running gateway holds as a declarative file',
  details: [
    'The file holds the secrets of all credentials, as a backup must; it is made readable to you alone. An existing file is only replaced with --force.',
  ],
  flags: {
    'output-file': { kind: 'text', short: 'f', hint: 'FILE', description: 'Where to. Default: standard output.' },
    force: { kind: 'switch', description: 'Replace an existing file.' },
    format: { kind: 'text', choices: ['yaml', 'json'], description: 'Default: yaml.' },
    ...policyFlags,
    ...gatewayFlags,
  },
  examples: ['dump -f kong.yaml', 'dump --format json'],
  async run(input, io) {
    const { kongDocument } = await import('../../dialects/kong/file/write.ts')
    const kinds = configured((await kongKinds(input, io)).kinds)
    const document = kongDocument(await currentEntities(adminClient(input, io), kinds), kinds)
    const text = input.text('format') === 'json' ? `${JSON.stringify(document, null, 2)}\n` : stringify(document)
    const file = input.text('output-file')
    if (file === undefined || file === '-') io.out(text)
    else write(file, text, input.isOn('force'))
    return 0
  },
}

function write(file: string, text: string, force: boolean): void {
  try {
    if (force) replace(file, text)
    else writeFileSync(file, text, { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if (!force && (error as NodeJS.ErrnoException).code === 'EEXIST') {
      throw new CommandFailure(`'${file}' is there already; --force replaces it`)
    }
    throw new CommandFailure(`'${file}' can't be written: ${failureText(error)}`)
  }
}

/** Puts another file in its place: the one that is there may be open to all, or a link that leads elsewhere. */
function replace(file: string, text: string): void {
  const there = lstatSync(file, { throwIfNoEntry: false })
  if (there !== undefined && !there.isFile() && !there.isSymbolicLink()) return writeFileSync(file, text)
  const made = `${file}.${process.pid}.new`
  writeFileSync(made, text, { mode: 0o600, flag: 'wx' })
  try {
    renameSync(made, file)
  } catch (error) {
    rmSync(made, { force: true })
    throw error
  }
}
