import type { AnyPolicy } from './policy.ts'

/** What keeps a policy from being compiled with a config, as its own schema and checks say it; null when nothing does. */
export function configProblem(
  policies: readonly AnyPolicy[],
  name: string,
  config: Readonly<Record<string, unknown>>,
): string | null {
  const policy = policies.find((each) => each.name === name)
  if (policy === undefined) return `there is no policy ${name}`
  const parsed = policy.config.safeParse(config)
  if (!parsed.success) {
    const [issue] = parsed.error.issues as readonly { path: PropertyKey[]; message: string }[]
    return `${issue!.path.join('.')}: ${issue!.message}`
  }
  const problems = Object.entries(policy.check?.(parsed.data) ?? {})
  return problems.length === 0 ? null : problems.map(([field, problem]) => `${field}: ${problem}`).join('; ')
}
