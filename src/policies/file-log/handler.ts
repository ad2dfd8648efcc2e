import { write } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { definePolicy, type Tools } from '../../policy/policy.ts'
import { customFunctionFields, recordWriter } from '../../policy/record/custom-fields.ts'
import { LineFile } from './line-file.ts'
import { type OpenFile, openToAppend } from './safe-open.ts'
import { type Config, check, config } from './schema.ts'

export const fileLog = definePolicy({
  name: 'file-log',
  phase: 'record',
  summary: 'Append a record of each exchange to a file.',
  config,
  check,
  reasons: {},
  functionFields: customFunctionFields,
  compile(given, tools) {
    const recordText = recordWriter(given.custom_fields_by_lua, tools.log)
    const shared = sharedFile(given, tools)
    shared.users++
    return {
      record: function appendRecord(exchange, response, outcome) {
        shared.file.add(recordText(exchange, response, outcome))
      },
      dispose: () => void release(shared, tools),
    }
  },
})

interface SharedFile {
  readonly key: string
  readonly file: LineFile
  /** Policy uses that add to it. */
  users: number
}

/** Uses that name the same file write it together. */
function sharedFile({ path, reopen }: Config, { registry, clock, log }: Tools): SharedFile {
  const key = `file-log ${reopen} ${path}`
  const make = (): SharedFile => {
    const open = () => openToAppend(path, ownOutput)
    const file = new LineFile({ path, reopen, clock, log, open, sleep: (ms) => sleep(ms, undefined, { ref: false }) })
    return { key, file, users: 0 }
  }
  return registry.get(key, make, ({ file }) => file.close())
}

async function release(shared: SharedFile, { registry }: Tools): Promise<void> {
  shared.users--
  if (shared.users > 0) return
  await shared.file.close()
  if (shared.users === 0) registry.drop(shared.key)
}

const writeTo = promisify(write)

function ownOutput(fd: 1 | 2): OpenFile {
  return { write: async (bytes) => (await writeTo(fd, bytes)).bytesWritten, close: async () => {} }
}
