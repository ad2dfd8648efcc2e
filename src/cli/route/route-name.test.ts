import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { routeName } from './route-name.ts'

describe('the name of a route', () => {
  const rows: [path: string, name: string][] = [
    ['/', '_'],
    ['/app', '_app'],
    ['/a/b', '_a_b'],
    ['/a_b', '_a~5Fb'],
    ['/a~b', '_a~7Eb'],
    ['/a~5Fb', '_a~7E5Fb'],
    ['/v1.0-x', '_v1.0-x'],
    ['/é', '_~C3~A9'],
    ['/%20', '_~2520'],
    ['~/a\\d+$', '~7E_a~5Cd~2B~24'],
  ]
  for (const [path, name] of rows) it(`of ${path} is ${name}`, () => assert.equal(routeName(path), name))
  it('is another for every path', () => assert.equal(new Set(rows.map(([path]) => routeName(path))).size, rows.length))
  it('is one the Admin API takes', () => {
    for (const [path] of rows) assert.match(routeName(path), /^[A-Za-z0-9._~-]+$/)
  })
})
