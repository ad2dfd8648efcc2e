import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import { promisify } from 'node:util'

const run = promisify(execFile)

const VERSION = '1.65.1'
const BUILD_MS = 45 * 60_000

/**
 * decK's own module can't be installed by name, since its go.mod replaces two modules: a module of ours requires it and
 * says the same. The converter of AI Gateway files is not to be had from the module proxy; an empty one stands in, so
 * that the subcommands that convert such files fail, and all others are the real ones.
 */
const GO_MOD = `module deckprogram

go 1.26

require github.com/kong/deck v${VERSION}

replace github.com/yudai/gojsondiff v1.0.0 => github.com/Kong/gojsondiff v1.3.0

replace gopkg.in/yaml.v3 v3.0.1 => github.com/Kong/yaml v1.0.0

replace github.com/Kong/ai-deck-converter => ./converter
`
const CONVERTER: Readonly<Record<string, string>> = {
  'go.mod': 'module github.com/Kong/ai-deck-converter\n\ngo 1.26\n',
  'convert/convert.go': converterFile('convert', 'Convert'),
  'revert/revert.go': converterFile('revert', 'Revert'),
}

function converterFile(name: string, verb: string): string {
  return `package ${name}

import "errors"

type Options struct{ OutputMode string }

func ${verb}([]byte, Options) ([]byte, []string, error) { return nil, nil, errors.New("not built in") }
`
}

/** Path of a decK binary: built once, then kept in the user's cache. Fails where it can't be built. */
export async function deckProgram(t: TestContext): Promise<string> {
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'sallyport')
  const program = join(cache, `deck-${VERSION}`)
  if (existsSync(program)) return program
  t.diagnostic('building decK: some ten minutes on two cores')
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-deck-'))
  try {
    for (const [name, text] of Object.entries({ 'go.mod': GO_MOD, ...under('converter', CONVERTER) })) {
      mkdirSync(dirname(join(folder, name)), { recursive: true })
      writeFileSync(join(folder, name), text)
    }
    const env = {
      ...process.env,
      CGO_ENABLED: '0',
      GOFLAGS: '-mod=mod',
      // the checksum database does not know every module of theirs
      GONOSUMDB: 'github.com/kong/*,github.com/Kong/*',
    }
    const built = join(folder, 'deck')
    const go = (...words: string[]) => run('go', words, { cwd: folder, env, timeout: BUILD_MS, maxBuffer: 1 << 26 })
    await go('get', `github.com/kong/deck@v${VERSION}`)
    await go('build', '-trimpath', '-o', built, 'github.com/kong/deck')
    mkdirSync(cache, { recursive: true })
    // The cache may be on another file system; what is half copied there must not count as built.
    const arriving = `${program}.${process.pid}`
    await run('cp', [built, arriving])
    renameSync(arriving, program)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  return program
}

function under(folder: string, files: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([name, text]) => [`${folder}/${name}`, text]))
}
