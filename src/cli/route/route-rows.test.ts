import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Entity } from '../gateway/admin-client.ts'
import { routeRows } from './route-rows.ts'

const service = { id: 's', protocol: 'http', host: 'up', port: 80, path: null, enabled: true }
const route = { id: 'r', name: 'n', paths: ['/app'], service: { id: 's' } }
const row = (given: Entity = {}, plugins: Entity[] = [], services: Entity[] = [service]) =>
  routeRows([{ ...route, ...given }], services, plugins)[0]!
const plugin = (name: string, scope: Entity = {}) => ({ name, enabled: true, ...scope })

describe('a row of routes', () => {
  it('shows where it leads, whole', () => {
    assert.equal(row().target, 'http://up')
    assert.equal(row({}, [], [{ ...service, protocol: 'https', port: 8443, path: '/v1' }]).target, 'https://up:8443/v1')
    assert.equal(row({}, [], [{ ...service, port: 443 }]).target, 'http://up:443')
  })
  it('may lead nowhere yet', () => assert.equal(row({ service: null }).target, null))
  it('says when its service is disabled', () =>
    assert.equal(row({}, [], [{ ...service, enabled: false }]).enabled, false))
  it('shows hosts in front of paths, and hosts alone', () => {
    assert.deepEqual(row({ hosts: ['a', 'b'] }).urls, ['a/app', 'b/app'])
    assert.deepEqual(row({ hosts: ['a'], paths: null }).urls, ['a'])
    assert.deepEqual(row({ paths: null, methods: ['GET'] }).urls, [])
  })
  it('is called by its id where it has no name', () => assert.equal(row({ name: null }).name, 'r'))
  it('names the policies that guard it: its own, its service’s and the global ones, each once', () => {
    const plugins = [
      plugin('jwt', { route: { id: 'r' } }),
      plugin('acl', { service: { id: 's' } }),
      plugin('jwt'),
      plugin('both', { route: { id: 'r' }, service: { id: 's' } }),
    ]
    assert.deepEqual(row({}, plugins).policies, ['acl', 'both', 'jwt'])
    assert.deepEqual(row({ service: null }, plugins).policies, ['jwt'])
  })
  it('does not name what guards something else, somebody else, or nothing', () => {
    const plugins = [
      plugin('other-route', { route: { id: 'x' } }),
      plugin('other-service', { service: { id: 'x' } }),
      plugin('of-a-consumer', { consumer: { id: 'c' } }),
      plugin('disabled', { enabled: false }),
    ]
    assert.deepEqual(row({}, plugins).policies, [])
  })
  it('stands in order of its path', () => {
    const rows = routeRows(
      [
        { ...route, paths: ['/b'] },
        { ...route, paths: ['/a'] },
      ],
      [],
      [],
    )
    assert.deepEqual(
      rows.map(({ urls }) => urls[0]),
      ['/a', '/b'],
    )
  })
})
