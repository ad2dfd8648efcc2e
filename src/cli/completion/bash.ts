import type { Completed, CompletedFlag, Word } from './completed-commands.ts'

/** A completion script for bash. */
export function bashCompletion({ first, groups, commands }: Completed): string {
  const choices = commands.flatMap(({ path, flags }) =>
    flags
      .filter((flag) => flag.choices.length > 0)
      .map((flag) => `    ${choicePattern(path, flag)}) words='${flag.choices.join(' ')}' ;;`),
  )
  const valued = [
    ...new Set(commands.flatMap(({ flags }) => flags.filter((flag) => flag.takesValue).flatMap(spellings))),
  ]
  return `# bash completion for sallyport
_sallyport() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} path=\${COMP_WORDS[1]} words=
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W '${list(first)}' -- "$cur"))
    return
  fi
  case $path in
${groups.map(({ name, second }) => `    ${name}) words='${list(second)}' ;;`).join('\n')}
  esac
  if [ -n "$words" ]; then
    if [ "$COMP_CWORD" -eq 2 ]; then
      COMPREPLY=($(compgen -W "$words" -- "$cur"))
      return
    fi
    path="$path \${COMP_WORDS[2]}" words=
  fi
  case "$path $prev" in
${choices.join('\n')}
    *) case $prev in ${valued.join('|')}) return ;; esac ;;
  esac
  if [ -z "$words" ]; then
    case $path in
${commands.map(({ path, flags }) => `      '${path}') words='${list(flags)}' ;;`).join('\n')}
    esac
    case $cur in -*) ;; *) return ;; esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _sallyport sallyport ./sallyport
`
}

function choicePattern(path: string, flag: CompletedFlag): string {
  return spellings(flag)
    .map((spelling) => `'${path} ${spelling}'`)
    .join('|')
}

function spellings({ word, short }: CompletedFlag): string[] {
  return short === null ? [word] : [word, `-${short}`]
}

function list(words: readonly Word[]): string {
  return words.map(({ word }) => word).join(' ')
}
