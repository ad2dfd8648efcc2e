import type { Gateway } from '../../app.ts'
import type { Command } from '../command.ts'
import { CommandFailure, failureText } from '../failure.ts'
import { AdminClient } from '../gateway/admin-client.ts'
import type { Io } from '../io.ts'
import { freePort } from './free-port.ts'
import { type SampleService, startSampleService } from './sample-service.ts'
import { call, type DemoCredential, demoToken, expectSeen, expectStatus, forgedToken } from './self-check.ts'

const HOST = '127.0.0.1'

/** Does one command of ours, as a user would on the command line. */
export type RunWords = (words: readonly string[], io: Io) => Promise<number>

/** @param run the whole command line, passed in because the demo is itself a part of it. */
export function demoCommand(run: RunWords): Command {
  return {
    name: 'demo',
    summary: 'Show a gateway that guards a sample service with JWT',
    details: [
      'Everything runs in this process and in memory, and is gone when it ends. Ports that are taken are replaced by free ones.',
    ],
    flags: { once: { kind: 'switch', description: 'End after the check instead of serving until Ctrl-C.' } },
    examples: ['demo', 'demo --once'],
    async run(input, io) {
      const ended = input.isOn('once') ? null : stopAsked()
      const service = await startSampleService(9000)
      let gateway: Gateway | null = null
      try {
        gateway = await startDemoGateway(io)
        await tell(gateway, service, run, io)
        if (ended === null) io.out('\nThe check passed.\n')
        else {
          io.out("\nServing until Ctrl-C: try the curl lines above, or './sallyport route ls'.\n")
          await ended
          io.out('\nbye\n')
        }
        return 0
      } finally {
        service.close()
        await gateway?.stop(1000)
      }
    },
  }
}

/** On the usual ports where they are free, else on others. @throws CommandFailure */
async function startDemoGateway(io: Io): Promise<Gateway> {
  try {
    return await startOn([await freePort(8000), await freePort(8443), await freePort(8001)], io)
  } catch (error) {
    // Somebody took a port between the look and the start.
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return await startOn([0, 0, 0], io)
    throw new CommandFailure(`the gateway could not be started: ${failureText(error)}`)
  }
}

async function startOn([http, https, admin]: readonly [number, number, number], io: Io): Promise<Gateway> {
  // Loaded here, so that the small commands need not wait for a whole gateway to load.
  const { startGateway } = await import('../../app.ts')
  const say = (fields: Record<string, unknown>, message: string) => io.err(`${message} ${JSON.stringify(fields)}\n`)
  return await startGateway(
    {
      sources: [],
      store: 'memory',
      proxyHttp: { host: HOST, port: http },
      proxyHttps: { host: HOST, port: https },
      admin: { host: HOST, port: admin },
      status: null,
      trustedIps: [],
      proxyProtocol: false,
      http2PriorKnowledge: false,
      exactHosts: false,
      accessLog: null,
    },
    { info() {}, warn: say, error: say },
  )
}

/** The story: guard a route, be refused, be accepted. Every step is checked. */
async function tell(gateway: Gateway, service: SampleService, run: RunWords, io: Io): Promise<void> {
  const proxy = `http://${HOST}:${gateway.ports.http}`
  const admin = `${HOST}:${gateway.ports.admin}`
  const url = `${proxy}/app`
  const isElsewhere = gateway.ports.admin !== 8001
  io.out(
    [
      'Sallyport demo: a sample service, and a gateway in front of it that asks who calls.',
      '',
      `  sample service   ${service.url}`,
      `  gateway          ${proxy}  (HTTPS: ${HOST}:${gateway.ports.https})`,
      `  Admin API        http://${admin}${isElsewhere ? `  (for the commands below: export SALLYPORT_ADMIN=${admin})` : ''}`,
      '',
    ].join('\n'),
  )

  async function step(title: string | null, words: readonly string[]): Promise<void> {
    io.out(`${title === null ? '' : `\n${title}\n`}  $ ./sallyport ${words.join(' ')}\n`)
    const quietly: Io = { out: (text) => io.out(indented(text)), err() {}, env: { SALLYPORT_ADMIN: admin } }
    let complaint = ''
    const code = await run(words, { ...quietly, err: (text) => (complaint += text) })
    if (code !== 0) throw new CommandFailure(`'sallyport ${words.join(' ')}' failed: ${complaint.trim()}`)
  }

  await step('1. A route that only lets in calls with a token', ['route', 'add', '/app', service.url, '--jwt'])
  await step('2. A consumer, and a credential to sign its tokens with', ['consumer', 'add', 'my-app'])
  await step(null, ['jwt', 'add', 'my-app'])
  const credential = await madeCredential(admin)
  const token = demoToken(credential, Date.now())

  const refused = await call(url, {})
  expectStatus('a call without a token', refused, 401)
  io.out(
    `\n3. Without a token: refused\n  $ curl -i ${url}\n${indented(`${refused.status} ${compact(refused.body)}\n`)}`,
  )

  const forged = await call(url, { authorization: `Bearer ${forgedToken(credential, Date.now())}` })
  expectStatus('a call with a token signed by someone else', forged, 401)
  io.out(`\n4. With a token signed by someone else: refused\n${indented(`${forged.status} ${compact(forged.body)}\n`)}`)

  const accepted = await call(url, { authorization: `Bearer ${token}`, 'x-consumer-username': 'root' })
  expectStatus('a call with a good token', accepted, 200)
  const saw = expectSeen(accepted, 'my-app')
  const identity = Object.entries(saw.headers).filter(
    ([name]) => name.startsWith('x-consumer') || name.startsWith('x-cred'),
  )
  io.out(
    [
      '',
      '5. With a token signed with that secret: accepted',
      `  $ curl ${url} -H 'Authorization: Bearer ${token}'`,
      indented(
        `${accepted.status}, and the service was told who called (a header that claimed otherwise was dropped):`,
      ),
      ...identity.map(([name, value]) => indented(`  ${name}: ${value}`)),
      '',
    ].join('\n'),
  )
}

/** The credential that the step before made, with its secret. */
async function madeCredential(admin: string): Promise<DemoCredential> {
  const [made] = await new AdminClient(`http://${admin}`).list(['consumers', 'my-app', 'jwt'])
  if (made === undefined) throw new CommandFailure('the credential that was just made is not there')
  return { key: String(made['key']), secret: String(made['secret']) }
}

function stopAsked(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  })
}

/** An answer on one line. */
function compact(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body))
  } catch {
    return body.trim()
  }
}

function indented(text: string): string {
  return text.replace(/^(?=.)/gm, '    ')
}
