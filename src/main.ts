#!/usr/bin/env node
/** The entry point: joins the command line to this process. */
import { commands } from './cli/commands.ts'
import { runCommandLine } from './cli/run-command-line.ts'
import { forTerminal } from './cli/terminal.ts'

for (const stream of [process.stdout, process.stderr]) {
  // Who reads us may stop early: `sallyport route ls | head -1`. There is nobody left to tell.
  stream.on('error', () => {})
}

const code = await runCommandLine(commands, process.argv.slice(2), {
  out: (text) => process.stdout.write(process.stdout.isTTY ? forTerminal(text) : text),
  err: (text) => process.stderr.write(process.stderr.isTTY ? forTerminal(text) : text),
  env: process.env,
  colours: process.stdout.isTTY === true && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb',
}).catch((error: unknown) => {
  process.stderr.write(`error: this is a defect of sallyport, please report it\n${(error as Error).stack ?? error}\n`)
  return 1
})

// Explicitly, because a connection kept alive or a file watched must not hold a finished process.
process.stdout.write('', () => process.stderr.write('', () => process.exit(code)))
