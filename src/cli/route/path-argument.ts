import { UsageError } from '../failure.ts'

export const pathArgument = {
  name: 'PATH',
  description: 'Requests whose path begins with it are those of the route: /app. An expression begins with ~/.',
}

/** @throws UsageError */
export function checkedPath(path: string): string {
  if (path.startsWith('/') || path.startsWith('~/')) return path
  throw new UsageError(`PATH: '${path}': expected a path that begins with /, such as /app`)
}
