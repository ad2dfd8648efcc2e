/** What `policy new` writes: the smallest policy that does something, and a test of it that passes. */
export function scaffold(name: string): Readonly<Record<string, string>> {
  return {
    'policy.ts': policy(name),
    'policy.test.ts': tests,
    'README.md': readme(name),
    'example.yaml': example(name),
    // Without it, a project of CommonJS around the folder would have its files read as such.
    'package.json': '{ "type": "module", "private": true }\n',
  }
}

const policy = (name: string) => `import { definePolicy, denied, headerName, next, record } from 'sallyport/policy'

const reasons = {
  missing: { code: 'header-missing', status: 400, message: 'A header is missing' },
} as const

export default definePolicy({
  name: '${name}',
  phase: 'guard',
  summary: 'Refuse requests without a header.',
  config: record({
    header: headerName().default('x-request-source').describe('The header that every request must have.'),
  }),
  reasons,
  compile({ header }) {
    const wanted = header.toLowerCase()
    const missing = denied(reasons.missing)
    return {
      request: (exchange) => (exchange.header(wanted) === undefined ? missing : next),
    }
  },
})
`

const tests = `import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compilePolicy, FakeExchange, inWords, judge } from 'sallyport/policy/test-kit'
import policy from './policy.ts'

const rows: [sentence: string, config: object, headers: Record<string, string>, verdict: string][] = [
  ['with the header', {}, { 'x-request-source': 'shop' }, 'next'],
  ['without it', {}, {}, '400 header-missing'],
  ['with another one', { header: 'X-Shop' }, { 'x-request-source': 'shop' }, '400 header-missing'],
]
for (const [sentence, config, headers, verdict] of rows) {
  test(\`\${sentence}: \${verdict}\`, () => {
    assert.equal(inWords(judge(compilePolicy(policy, config), new FakeExchange({ headers }))), verdict)
  })
}
`

const readme = (name: string) => `# ${name}

Refuses requests without a header. Say here what the policy is for, how to choose its settings, and what to watch.

    sallyport policy test .
    sallyport start --policies .. --source kong:example.yaml
`

const example = (name: string) => `_format_version: '3.0'
services:
- name: example
  url: http://127.0.0.1:9000
  routes:
  - name: example
    paths: [/example]
    plugins:
    - name: ${name}
`
