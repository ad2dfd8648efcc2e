import { Hono } from 'hono'
import type { Clock } from '../base/clock.ts'
import { ManifestSource, type ManifestView } from '../dialects/kgateway/manifest-source.ts'
import { OidcDiscovery } from '../dialects/kgateway/oidc-discovery.ts'
import { shownKind, shownResources } from '../dialects/kgateway/shown-resources.ts'
import { settingsFrom } from '../dialects/kgateway/translate/settings.ts'
import { configProblem } from '../policy/config-problem.ts'
import { fetch } from './fetch.ts'
import type { Policies } from './open-policies.ts'

/**
 * What manifests of the sources come to, as `kubectl get` would show it: `/resources/KIND?namespace=…&name=…`, a list
 * under `data`. Read when asked for, so that every process can answer; Secrets can't be asked for.
 */
export function resourceEndpoints(sources: readonly string[], policies: Pick<Policies, 'current'>, clock: Clock): Hono {
  const started = new Date(clock.now()).toISOString().replace(/\.\d+Z$/, 'Z')
  const readers = sources
    .filter((source) => source.startsWith('kgateway:') && source !== 'kgateway:kube')
    .map((source) => {
      let view: ManifestView | null = null
      const settings = {
        ...settingsFrom(process.env),
        discovery: new OidcDiscovery(fetch, clock, () => {}),
        problemOf: (name: string, config: Readonly<Record<string, unknown>>) =>
          configProblem(policies.current, name, config),
      }
      const manifests = new ManifestSource(source.slice('kgateway:'.length), settings, (seen) => (view = seen))
      return (): ManifestView | null => {
        manifests.read()
        return view
      }
    })
  const app = new Hono()
  app.get('/resources/:kind', (context) => {
    const kind = shownKind(context.req.param('kind'))
    if (kind === null) return context.json({ message: 'there is no such kind of resource' }, 404)
    const namespace = context.req.query('namespace')
    const name = context.req.query('name')
    const data = readers
      .map((read) => read())
      .filter((view) => view !== null)
      .flatMap(({ manifests: { resources }, changes, statuses }) =>
        shownResources({ resources, changes, statuses }, kind, started),
      )
      .filter(({ metadata }) => {
        const about = metadata as { readonly name: string; readonly namespace?: string }
        return (name ?? about.name) === about.name && (namespace ?? about.namespace) === about.namespace
      })
    return context.json({ data })
  })
  return app
}
