import { parseArgs } from 'node:util'
import { type Command, Input } from './command.ts'
import { failureText, UsageError } from './failure.ts'

/**
 * Reads what stood behind the name of a command.
 *
 * Strict on purpose: a misspelt `--jwt` that was ignored would leave a route open.
 *
 * @throws UsageError that names the flag or argument.
 */
export function parseInput(command: Command, args: readonly string[]): Input {
  const flags = command.flags ?? {}
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, flag]) => [
      name,
      {
        type: flag.kind === 'switch' ? ('boolean' as const) : ('string' as const),
        // Also where one value is expected: the second is then seen, not silently preferred.
        multiple: flag.kind !== 'switch',
        ...(flag.short === undefined ? {} : { short: flag.short }),
      },
    ]),
  )
  let parsed: { values: Record<string, unknown>; positionals: string[] }
  try {
    parsed = parseArgs({ args: [...args], options, strict: true, allowPositionals: true, allowNegative: true })
  } catch (error) {
    throw new UsageError(firstSentence(failureText(error)))
  }
  const values = parsed.values as Record<string, string[] | boolean>
  for (const [name, value] of Object.entries(values)) checkValues(name, value)
  checkPositionals(command, parsed.positionals)
  return new Input(command, values, parsed.positionals)

  function checkValues(name: string, value: string[] | boolean): void {
    if (typeof value === 'boolean') return
    const { kind, choices } = flags[name]!
    if (kind === 'text' && value.length > 1)
      throw new UsageError(`--${name} is given ${value.length} times, expected once`)
    const wrong = choices === undefined ? undefined : value.find((each) => !choices.includes(each))
    if (wrong !== undefined) throw new UsageError(`--${name}: '${wrong}': expected one of ${choices!.join(', ')}`)
  }
}

function checkPositionals(command: Command, given: readonly string[]): void {
  const declared = command.positionals ?? []
  const missing = declared.filter((positional, n) => !positional.optional && given[n] === undefined)
  if (missing.length > 0) throw new UsageError(`missing ${missing.map(({ name }) => name).join(' and ')}`)
  const takesAll = declared.at(-1)?.rest === true
  if (!takesAll && given.length > declared.length) {
    throw new UsageError(`unexpected argument '${given[declared.length]}'`)
  }
  const empty = declared.find((_, n) => given[n] === '')
  if (empty !== undefined) throw new UsageError(`${empty.name} is empty`)
}

/** Node explains at length how to pass arguments that begin with a dash. */
function firstSentence(message: string): string {
  return message.split(/\.\s|\n/)[0]!.replace(/\.$/, '')
}
