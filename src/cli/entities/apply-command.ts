import type { Step } from '../../dialects/kong/file/plan.ts'
import type { Command } from '../command.ts'
import { CommandFailure, failureText } from '../failure.ts'
import type { AdminClient, Entity, Path } from '../gateway/admin-client.ts'
import { adminClient, gatewayFlags } from '../gateway/gateway-flags.ts'
import { FILE, pruneFlag, stepsToFile } from './declared.ts'
import { countText, stepText } from './diff-command.ts'
import { policyFlags } from './kong-kinds.ts'

export const applyCommand: Command = {
  name: 'apply',
  summary: 'Make a running gateway hold what a file declares',
  details: [
    'Creates and updates; deletes only with --prune. What the file leaves to chance, such as keys and secrets, stays as it is.',
    'A new route lets nobody in before all of its policies are on it. Where a step fails, the steps before it stay; doing it again goes on from there.',
  ],
  positionals: [FILE],
  flags: { prune: pruneFlag, ...policyFlags, ...gatewayFlags },
  examples: ['apply kong.yaml', 'dump --admin staging:8001 | apply -'],
  async run(input, io) {
    const client = adminClient(input, io)
    const steps = await stepsToFile(input, io, client)
    let done = 0
    for (const write of writes(steps)) {
      try {
        await write.make(client)
      } catch (error) {
        const rest = `${done} of ${steps.length} steps were made before this one`
        throw new CommandFailure(`${write.step.verb} ${write.step.label}: ${failureText(error)}\n${rest}`)
      }
      if (!write.isWhole) continue
      done++
      io.err(stepText({ ...write.step, differences: [] }, io))
    }
    io.err(`${countText(steps).replaceAll(' to ', ' done: ').replace('no difference', 'nothing to do')}\n`)
    return 0
  },
}

interface Write {
  readonly step: Step
  /** False for the first half of a step. */
  readonly isWhole: boolean
  make(client: AdminClient): Promise<unknown>
}

/**
 * The writes of all steps. A new route is made without its service, hence closed, and gets it when everything else
 * (its policies above all) is there.
 */
function writes(steps: readonly Step[]): Write[] {
  const late: Write[] = []
  const early = steps.flatMap((step): Write[] => {
    if (step.verb === 'delete') {
      late.push({ step, isWhole: true, make: (client) => client.delete(pathOf(step)) })
      return []
    }
    const { body } = step
    const isNewRoute = step.kind.name === 'routes' && step.verb === 'create' && body['service']
    if (!isNewRoute) return [{ step, isWhole: true, make: (client) => put(client, step, body) }]
    const service = body['service']
    late.unshift({ step, isWhole: true, make: (client) => client.change(pathOf(step), { service }) })
    return [{ step, isWhole: false, make: (client) => put(client, step, { ...body, service: null }) }]
  })
  return [...early, ...late]
}

function pathOf({ kind, id, body }: Step): Path {
  if (kind.name !== 'targets') return [kind.path!, id]
  return ['upstreams', String((body['upstream'] as { id: string }).id), 'targets', id]
}

async function put(client: AdminClient, step: Step, body: Entity): Promise<Entity> {
  // Kong's API changes targets by PUT, but does not make them by it.
  if (step.kind.name === 'targets' && step.verb === 'create') return client.create(pathOf(step).slice(0, -1), body)
  return client.replace(pathOf(step), body)
}
