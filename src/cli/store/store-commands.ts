import type { Command, Group, Input } from '../command.ts'
import { CommandFailure, failureText } from '../failure.ts'
import type { Io } from '../io.ts'
import { settingFlags, settingsFrom } from '../setting-flags.ts'
import { shownStore } from '../settings/setting-values.ts'
import { refuseKeysOnCommandLine } from './store-keys.ts'

const flags = settingFlags(['config', 'store', 'storeKeys'])

const sealCommand: Command = {
  name: 'seal',
  summary: 'Encrypt every secret of a store anew, with the first of its keys',
  details: [
    'For a store that was there before it had a key, and to replace a key: put the new one before the old one in the file, restart the gateways, stop writing, run this, and take the old one out.',
  ],
  flags,
  examples: ['store seal --store sqlite:gateway.db --store-keys keys.txt'],
  run: seal,
}

async function seal(input: Input, io: Io): Promise<number> {
  refuseKeysOnCommandLine(input)
  const settings = settingsFrom(input, Object.keys(flags), io.env)
  // Loaded here, so that the small commands need not wait for every policy to load.
  const { resealStore } = await import('../../app/reseal-store.ts')
  const { systemClock } = await import('../../base/clock.ts')
  const say = (_: object, message: string) => io.err(`${message}\n`)
  try {
    const count = await resealStore(settings, { info: say, warn: say, error: say }, systemClock)
    io.out(`${shownStore(settings.store)}: ${count} entities sealed with the newest key\n`)
  } catch (error) {
    throw new CommandFailure(failureText(error))
  }
  return 0
}

export const storeGroup: Group = {
  name: 'store',
  summary: 'Where the Admin API keeps its entities',
  commands: [sealCommand],
}
