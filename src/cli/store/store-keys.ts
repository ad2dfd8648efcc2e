import type { Input } from '../command.ts'
import { UsageError } from '../failure.ts'

/** A key of 32 bytes in base64. */
const KEY = /(?:^|,)\s*[A-Za-z0-9+/_-]{43}=?\s*(?:,|$)/

/** @throws UsageError for a key where everybody on the machine can see it */
export function refuseKeysOnCommandLine(input: Input): void {
  if (!input.list('store-keys').some((text) => KEY.test(text))) return
  throw new UsageError(
    '--store-keys: a command line is seen by everyone on the machine: give the name of a file with the keys, or set SALLYPORT_STORE_KEYS',
  )
}
