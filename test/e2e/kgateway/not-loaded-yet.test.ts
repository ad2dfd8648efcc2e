import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { folderWith, jsonLines, startProcess } from '../cli/command-line.ts'

test('until an API server has said what there is, every socket answers 503, one of a listener too', async (t) => {
  const silent = createServer(() => {}).listen(0, '127.0.0.1')
  await once(silent, 'listening')
  t.after(() => {
    silent.closeAllConnections()
    silent.close()
  })
  const server = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`
  const folder = folderWith(t, {
    kubeconfig: JSON.stringify({
      ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'c' },
      clusters: [{ name: 'c', cluster: { server } }],
      users: [{ name: 'c', user: { token: 'token' } }],
      contexts: [{ name: 'c', context: { cluster: 'c', user: 'c' } }],
    }),
  })
  const address = '127.0.0.1:0'
  const sockets = ['--proxy-http', address, '--status', address, '--proxy-https', 'off', '--admin', 'off']
  const words = ['start', '--source', 'kgateway:kube', ...sockets, '--listener', `default/gw/web=${address}`]
  const running = startProcess(t, words, { KUBECONFIG: join(folder, 'kubeconfig') })
  await running.until(({ err }) => err.includes('"ports"'))
  const { ports } = jsonLines(running.err()).find((line) => 'ports' in line) as {
    ports: { http: number; listeners: Record<string, number> }
  }
  const asked = [ports.http, ports.listeners['default/gw/web']!]
  const answers = await Promise.all(asked.map((port) => fetch(`http://127.0.0.1:${port}/`)))
  assert.deepEqual(
    answers.map(({ status }) => status),
    [503, 503],
  )
})
