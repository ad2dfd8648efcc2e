import type { Completed, CompletedFlag } from './completed-commands.ts'

/** A completion script for fish. */
export function fishCompletion({ first, groups, commands }: Completed): string {
  const lines = ['# fish completion for sallyport']
  for (const { word, summary } of first) {
    lines.push(`complete -c sallyport -f -n __fish_use_subcommand -a ${word} -d ${quoted(summary)}`)
  }
  for (const { name, second } of groups) {
    const none = `__fish_seen_subcommand_from ${name}; and not __fish_seen_subcommand_from ${second.map(({ word }) => word).join(' ')}`
    for (const { word, summary } of second) {
      lines.push(`complete -c sallyport -f -n ${quoted(none)} -a ${word} -d ${quoted(summary)}`)
    }
  }
  for (const { path, flags } of commands) {
    const here = path
      .split(' ')
      .map((word) => `__fish_seen_subcommand_from ${word}`)
      .join('; and ')
    for (const flag of flags) lines.push(`complete -c sallyport -n ${quoted(here)} ${optionOf(flag)}`)
  }
  return `${lines.join('\n')}\n`
}

function optionOf({ word, short, summary, takesValue, choices }: CompletedFlag): string {
  return [
    `-l ${word.slice(2)}`,
    ...(short === null ? [] : [`-s ${short}`]),
    ...(takesValue ? ['-r'] : []),
    ...(choices.length > 0 ? [`-f -a ${quoted(choices.join(' '))}`] : []),
    `-d ${quoted(summary)}`,
  ].join(' ')
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
