/**
 * Runs the suite, in a network of its own: `inside.ts FEATURES [TEST]`. An API server takes no endpoints on loopback
 * addresses, so pods and Gateways have addresses that only this network's loopback interface knows.
 *
 * Writes the suite's own words to standard output, what else there is to say to standard error.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { systemClock } from '../../../../src/base/clock.ts'
import { findAccess } from '../../../../src/dialects/kgateway/kube/access/find-access.ts'
import { HttpKubeApi } from '../../../../src/dialects/kgateway/kube/api/http-kube-api.ts'
import { startKubeServer } from '../kube-server.ts'
import { listenerWords } from './listener-addresses.ts'
import { startPods } from './pods.ts'
import { suitePrograms } from './suite-programs.ts'

const account = { namespace: 'sallyport', name: 'sallyport' }
const [features = '', only = ''] = process.argv.slice(2)
/** The suite would wait for minutes in places; here what takes longer than this is wrong. Seconds. */
const PATIENCE = Number(process.env['SUITE_PATIENCE'] ?? 20)
const timeouts = [
  ...['GatewayMustHaveAddress', 'GatewayMustHaveCondition', 'GatewayStatusMustHaveListeners'],
  ...['GatewayListenersMustHaveConditions', 'ListenerSetMustHaveCondition', 'ListenerSetListenersMustHaveConditions'],
  ...['GWCMustBeAccepted', 'HTTPRouteMustNotHaveParents', 'HTTPRouteMustHaveCondition', 'RouteMustHaveParents'],
  ...['MaxTimeToConsistency', 'LatestObservedGenerationSet', 'DefaultTestTimeout'],
]
  .map((name) => `${name}:${PATIENCE}`)
  .join(';')
const say = (text: string) => void console.error(text)
const deployed = (name: string) =>
  readFileSync(new URL(`../../../../deploy/kubernetes/${name}.yaml`, import.meta.url), 'utf8')

const programs = await suitePrograms(say)
// No route leads out of this network: the server would look for the address that it is reached by.
const server = await startKubeServer(say, ['--advertise-address=10.244.0.1'])
await server.define()
for (const name of ['namespace', 'access', 'gateway-class']) await server.kubectl(['apply', '-f', '-'], deployed(name))
const kubeconfig = await server.kubeconfig()
const api = new HttpKubeApi(findAccess({ KUBECONFIG: kubeconfig }, systemClock))
const pods = startPods({
  ...{ api, program: programs.echo, folder: join(server.folder, 'pods'), say },
  address: (n) => `10.244.2.${n + 1}`,
})
const gateway = startGateway(await server.kubeconfig(account))
const suite = spawn(
  programs.suite,
  [
    ...['-test.v', '-test.timeout=60m', '--gateway-class=kgateway', '--allow-crds-mismatch'],
    ...['--conformance-profiles=GATEWAY-HTTP,GATEWAY-GRPC', `--supported-features=${features}`],
    // What a Namespace holds is deleted by a controller that does not run here.
    ...[
      '--cleanup-base-resources=false',
      `--run-test=${only}`,
      `--timeout-config-overrides=${timeouts};NamespacesMustBeReady:90`,
    ],
  ],
  { env: { ...process.env, KUBECONFIG: kubeconfig }, stdio: ['ignore', 'inherit', 'inherit'] },
)
const [code] = await once(suite, 'close')
gateway.kill('SIGKILL')
await pods.stop()
api.close()
await server.remove()
process.exit(code as number)

function startGateway(config: string): ChildProcess {
  const listeners = listenerWords(programs.folder, (n) => `10.244.1.${n + 1}`)
  const words = ['start', '--source', 'kgateway:kube', '--store', 'memory', '--admin', 'off', '--status', 'off']
  const proxy = ['--proxy-http', '127.0.0.1:0', '--proxy-https', '127.0.0.1:0', '--h2c']
  const launcher = resolve(import.meta.dirname, '../../../../sallyport')
  const child = spawn('sh', [launcher, ...words, ...proxy, ...listeners], {
    env: { ...process.env, KUBECONFIG: config },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  // Where to read what the gateway said, for whoever looks for the reason of a failure.
  const log = process.env['GATEWAY_LOG']
  if (log === undefined) child.stderr.resume()
  else child.stderr.pipe(createWriteStream(log))
  child.once('close', (exit) => say(`the gateway ended with ${exit}`))
  process.on('exit', () => child.kill('SIGKILL'))
  return child
}
