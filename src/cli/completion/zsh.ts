import type { Completed, CompletedFlag, Word } from './completed-commands.ts'

/** A completion script for zsh. */
export function zshCompletion({ first, groups, commands }: Completed): string {
  return `#compdef sallyport
# zsh completion for sallyport
_sallyport() {
  local -a words_here
  local at=$words[2]
  if (( CURRENT == 2 )); then
    words_here=(${described(first)})
    _describe command words_here
    return
  fi
  case $at in
${groups
  .map(
    ({ name, second }) => `    ${name})
      if (( CURRENT == 3 )); then
        words_here=(${described(second)})
        _describe command words_here
        return
      fi
      at="$at $words[3]" ;;`,
  )
  .join('\n')}
  esac
  case $at in
${commands.map(({ path, flags }) => `    ${quoted(path)}) _arguments ${flags.map(specOf).join(' ')} '*:file:_files' ;;`).join('\n')}
  esac
}
if [ "$funcstack[1]" = _sallyport ]; then _sallyport "$@"; else compdef _sallyport sallyport; fi
`
}

function described(words: readonly Word[]): string {
  return words.map(({ word, summary }) => quoted(`${word}:${summary.replaceAll(':', '\\:')}`)).join(' ')
}

function specOf({ word, short, summary, takesValue, choices }: CompletedFlag): string {
  const value = !takesValue ? '' : choices.length > 0 ? `:value:(${choices.join(' ')})` : ':value:_files'
  const text = `[${summary.replace(/[[\]:\\]/g, '\\$&')}]${value}`
  return [word, ...(short === null ? [] : [`-${short}`])].map((spelling) => quoted(`*${spelling}${text}`)).join(' ')
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
