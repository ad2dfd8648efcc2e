import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import test from 'node:test'
import { fileURLToPath } from 'node:url'
import { type Floor, floors } from './floors.ts'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const src = join(root, 'src')

function sources(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
    .map((name) => join(folder, name))
}

/** The floor a path below `src` stands on; `policies/*` is one folder per name. */
function floorOf(path: string): Floor | undefined {
  return floors.find(({ folder }) =>
    folder.endsWith('/*') ? path.startsWith(folder.slice(0, -1)) : path === folder || path.startsWith(`${folder}/`),
  )
}

/** The folder itself: `policies/jwt`, `plane`, `app.ts`. */
function homeOf(path: string, floor: Floor): string {
  return floor.folder.endsWith('/*') ? path.split('/').slice(0, 2).join('/') : floor.folder
}

function allowed(from: Floor, path: string): boolean {
  return from.may.some((may) => {
    if (may === '*') return true
    if (may.endsWith('/*')) return path.startsWith(may.slice(0, -1))
    return path === may || path.startsWith(`${may}/`)
  })
}

/** Imports of a file that go up, sideways, or where its floor may not reach. */
function trespasses(file: string): string[] {
  const path = relative(src, file)
  const floor = floorOf(path)
  if (floor === undefined) return [`${path}: stands on no floor; add its folder to test/floors.ts`]
  const bad: string[] = []
  for (const [, specifier] of readFileSync(file, 'utf8').matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)) {
    const target = relative(src, resolve(dirname(file), specifier!))
    if (target.startsWith('..')) continue
    const other = floorOf(target)
    if (other !== undefined && homeOf(target, other) === homeOf(path, floor)) continue
    if (!allowed(floor, target)) bad.push(`${path} imports ${target}`)
  }
  return bad
}

test('every import goes to a floor that its folder may reach', () => {
  const tested = sources(src).filter((file) => !file.endsWith('.test.ts'))
  assert.ok(tested.length > 50)
  assert.deepEqual(tested.flatMap(trespasses), [])
})

test('the architecture page prints the table of floors as it is', () => {
  const page = readFileSync(join(root, 'docs/architecture.md'), 'utf8')
  for (const { floor, folder, may } of floors) {
    const row = `| ${floor} | \`${folder}\` | ${may.length === 0 ? '–' : may.map((each) => `\`${each}\``).join(', ')} |`
    assert.ok(page.includes(row), `docs/architecture.md lacks the row:\n${row}`)
  }
})

test('no file has a name that says nothing', () => {
  const vague = sources(src).filter((file) =>
    /(^|\/)(utils?|helpers?|common|manager|misc)(\.|\/|$)/.test(relative(src, file)),
  )
  assert.deepEqual(vague, [])
})
