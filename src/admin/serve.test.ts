import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Hono } from 'hono'
import { serveAdmin } from './serve.ts'

const app = new Hono().get('/', (context) => context.text('here'))

describe('serveAdmin', () => {
  it('answers on the port it tells, until it is closed', async () => {
    const server = await serveAdmin(app, { host: '127.0.0.1', port: 0 })
    const url = `http://127.0.0.1:${server.port}/`
    assert.equal(await (await fetch(url)).text(), 'here')
    await server.close()
    await assert.rejects(fetch(url))
  })
  it('refuses to start on a port that is taken', async () => {
    const server = await serveAdmin(app, { host: '127.0.0.1', port: 0 })
    await assert.rejects(serveAdmin(app, { host: '127.0.0.1', port: server.port }), /EADDRINUSE/)
    await server.close()
  })
})
