import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { describe, it } from 'node:test'
import { folderWith, sallyport, startGateway, startProcess } from './command-line.ts'

const root = resolve(import.meta.dirname, '../../..')
const guide = readFileSync(join(root, 'docs/guides/first-protected-route.md'), 'utf8')

describe('what the documents say works', () => {
  it('every command of the guide to the first route, in its order', async (t) => {
    const { env } = await startGateway(t)
    const blocks = [...guide.matchAll(/```sh\n(.*?)```/gs)].map(([, text]) => text!)
    const lines = blocks.flatMap((text) => text.split('\n')).filter((line) => /^\.\/sallyport (?!start)/.test(line))
    assert.ok(lines.length >= 10)
    for (const line of lines) {
      const { code, err } = await sallyport(t, line.split(' ').slice(1), env)
      assert.equal(code, 0, `${line}: ${err}`)
    }
  })

  for (const config of globSync('examples/*/sallyport.yaml', { cwd: root }).sort()) {
    it(`${dirname(config)} starts`, async (t) => {
      const file = join(root, config)
      const { code, err } = await sallyport(t, ['check', '--config', file])
      assert.equal(code, 0, err)
      const off = ['proxy-http', 'proxy-https', 'status'].flatMap((name) => [`--${name}`, 'off'])
      const words = ['start', '--config', file, '--admin', '127.0.0.1:0', ...off]
      const running = startProcess(t, words, {}, folderWith(t, {}))
      await running.until((written) => written.err.includes('"serving: '))
    })
  }
})
