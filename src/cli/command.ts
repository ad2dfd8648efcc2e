import type { Io } from './io.ts'

/** An option of a command. */
export interface Flag {
  /** `text`: one value; `list`: may be repeated; `switch`: on by being there, off as `--no-…`. */
  readonly kind: 'text' | 'list' | 'switch'
  /** One letter: `m` for `-m`. */
  readonly short?: string
  /** How the value is written: `HOST:PORT`. */
  readonly hint?: string
  /** The only values there are. */
  readonly choices?: readonly string[]
  readonly description: string
}

export interface Positional {
  /** In capitals, as help shows it. */
  readonly name: string
  readonly description: string
  readonly optional?: true
  /** Takes all that follow. Only the last one may. */
  readonly rest?: true
}

/** One thing the command line can do. Parsing, help and completion all derive from this. */
export interface Command {
  readonly name: string
  /** A sentence without an end. */
  readonly summary: string
  /** What there is to know beyond the summary; paragraphs. */
  readonly details?: readonly string[]
  readonly positionals?: readonly Positional[]
  readonly flags?: Readonly<Record<string, Flag>>
  /** Command lines without the leading `sallyport`. */
  readonly examples?: readonly string[]
  /** @returns the exit code: 0 good, 1 the work failed. Throws UsageError or CommandFailure. */
  run(input: Input, io: Io): Promise<number>
}

/** Commands about one noun: `sallyport route add`. */
export interface Group {
  readonly name: string
  readonly summary: string
  readonly commands: readonly Command[]
}

/** What stood behind the name of a command. Asking for what the command did not declare is a mistake of ours. */
export class Input {
  readonly #command: Command
  readonly #flags: Readonly<Record<string, readonly string[] | boolean>>
  readonly #positionals: readonly string[]

  constructor(
    command: Command,
    flags: Readonly<Record<string, readonly string[] | boolean>>,
    positionals: readonly string[],
  ) {
    this.#command = command
    this.#flags = flags
    this.#positionals = positionals
  }

  text(flag: string): string | undefined {
    return this.list(flag)[0]
  }

  list(flag: string): readonly string[] {
    const value = this.#value(flag)
    return Array.isArray(value) ? value : []
  }

  /** True for `--flag`, false for `--no-flag`, undefined for neither. */
  switched(flag: string): boolean | undefined {
    const value = this.#value(flag)
    return typeof value === 'boolean' ? value : undefined
  }

  isOn(flag: string): boolean {
    return this.switched(flag) ?? false
  }

  /** A required one. */
  positional(name: string): string {
    return this.optionalPositional(name)!
  }

  optionalPositional(name: string): string | undefined {
    return this.#positionals[this.#indexOf(name)]
  }

  /** Everything from this one on. */
  rest(name: string): readonly string[] {
    return this.#positionals.slice(this.#indexOf(name))
  }

  #value(flag: string): readonly string[] | boolean | undefined {
    if (!Object.hasOwn(this.#command.flags ?? {}, flag)) throw new TypeError(`no flag --${flag} was declared`)
    return this.#flags[flag]
  }

  #indexOf(name: string): number {
    const index = (this.#command.positionals ?? []).findIndex((positional) => positional.name === name)
    if (index < 0) throw new TypeError(`no positional ${name} was declared`)
    return index
  }
}
