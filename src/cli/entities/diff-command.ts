import type { Difference, Step } from '../../dialects/kong/file/plan.ts'
import type { Command } from '../command.ts'
import { MASK } from '../credential/credential-kind.ts'
import { adminClient, gatewayFlags } from '../gateway/gateway-flags.ts'
import type { Io } from '../io.ts'
import { FILE, pruneFlag, stepsToFile } from './declared.ts'
import { policyFlags } from './kong-kinds.ts'

const SIGNS = { create: '+', update: '~', delete: '-' } as const
const COLOURS = { create: 32, update: 33, delete: 31 } as const

export const diffCommand: Command = {
  name: 'diff',
  summary: 'Show what apply would change on a running gateway',
  details: ['Exits with 1 when there are differences. Of secrets only is told that they differ.'],
  positionals: [FILE],
  flags: {
    prune: pruneFlag,
    output: { kind: 'text', short: 'o', choices: ['text', 'json'], description: 'How to show it. Default: text.' },
    ...policyFlags,
    ...gatewayFlags,
  },
  examples: ['diff kong.yaml', 'diff kong.yaml --prune -o json'],
  async run(input, io) {
    const steps = await stepsToFile(input, io, adminClient(input, io))
    if (input.text('output') === 'json') io.out(`${JSON.stringify(asData(steps), null, 2)}\n`)
    else for (const step of steps) io.out(stepText(step, io))
    if (input.text('output') !== 'json') io.err(`${countText(steps)}\n`)
    return steps.length === 0 ? 0 : 1
  },
}

/** A step as lines: what it does to which entity, and the fields that differ. */
export function stepText({ verb, label, differences }: Step, io: Io): string {
  const line = `${SIGNS[verb]} ${label}`
  const coloured = io.colours ? `\u001b[${COLOURS[verb]}m${line}\u001b[0m` : line
  return [coloured, ...differences.map((each) => `    ${differenceText(each)}`), ''].join('\n')
}

function differenceText({ field, before, after, isSecret }: Difference): string {
  if (isSecret) return `${field}: ${MASK} differs`
  return `${field}: ${JSON.stringify(before)} -> ${JSON.stringify(after)}`
}

/** `1 to create, 2 to update, 0 to delete`. */
export function countText(steps: readonly Step[]): string {
  if (steps.length === 0) return 'no difference'
  const count = (verb: Step['verb']) => steps.filter((step) => step.verb === verb).length
  return `${count('create')} to create, ${count('update')} to update, ${count('delete')} to delete`
}

function asData(steps: readonly Step[]): object[] {
  return steps.map(({ verb, kind, id, label, differences }) => ({
    verb,
    kind: kind.name,
    id,
    label,
    differences: differences.map(({ field, before, after, isSecret }) =>
      isSecret ? { field, secret: true } : { field, before, after },
    ),
  }))
}
