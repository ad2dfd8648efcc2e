import type { Flag, Input } from '../command.ts'
import { UsageError } from '../failure.ts'
import type { Entity } from '../gateway/admin-client.ts'

export const targetFlag: Flag = {
  kind: 'text',
  hint: 'URL',
  description: 'The service that requests are forwarded to, as TARGET. (SALLYPORT_DEFAULT_TARGET)',
}

/** From the argument TARGET, --target or the variable; null if nobody names one. @throws UsageError */
export function targetFrom(input: Input, env: Readonly<Record<string, string | undefined>>): string | null {
  const [positional, flag] = [input.optionalPositional('TARGET'), input.text('target')]
  if (positional !== undefined && flag !== undefined)
    throw new UsageError('TARGET and --target say the same thing: give one')
  if (positional !== undefined) return checkedTarget(positional, 'TARGET')
  if (flag !== undefined) return checkedTarget(flag, '--target')
  const variable = env['SALLYPORT_DEFAULT_TARGET'] || undefined
  return variable === undefined ? null : checkedTarget(variable, 'SALLYPORT_DEFAULT_TARGET')
}

/** @throws UsageError that names where the text stood. */
export function checkedTarget(text: string, place: string): string {
  const wrong = (why: string) =>
    new UsageError(`${place}: '${text}': ${why}, such as http://127.0.0.1:9000 or https://example.org/base`)
  let url: URL
  try {
    url = new URL(text)
  } catch {
    throw wrong('expected the URL of a service')
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw wrong('expected a URL with http or https')
  if (!/^https?:\/\/[^/]/i.test(text)) throw wrong('expected a URL with a host')
  if (url.username !== '' || url.password !== '') throw wrong('a target has no username or password')
  if (url.search !== '' || url.hash !== '') throw wrong('a target has no query or fragment')
  return text
}

/** The URL of a service, whole. */
export function targetOf({ protocol, host, port, path }: Entity): string {
  const usual = (protocol === 'http' && port === 80) || (protocol === 'https' && port === 443)
  return `${protocol}://${host}${usual ? '' : `:${port}`}${path ?? ''}`
}
