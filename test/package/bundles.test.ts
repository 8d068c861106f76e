import { readdirSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { dirname, join, relative, resolve } from 'node:path'
import { rolldown } from 'rolldown'
import { describe, expect, it } from 'vitest'
import { manifest, root } from '../support/packed-project.js'
import { runProgram } from '../support/run-program.js'

const dist = join(root, 'dist')
const entries = Object.keys(manifest.exports)
  .filter((entry) => entry !== './package.json')
  .map((entry) => (entry === '.' ? 'index' : entry.slice(2)))

const read = (file: string): string => readFileSync(file, 'utf8')

const scripts = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.js'))
    .map((file) => join(folder, file))

/** The files of the package that are opened by importing one of them. */
const opened = (file: string, before = new Set<string>()): ReadonlySet<string> => {
  if (before.has(file)) return before
  before.add(file)
  for (const [, name = ''] of read(file).matchAll(/^(?:import|export) .*?"(\.[^"]+)";$/gm))
    opened(resolve(dirname(file), name), before)
  return before
}

/** What a bundler keeps of the package for a program that imports this, without what the package stands on. */
const kept = async (name: string, entry: string): Promise<string> => {
  const program = `import { ${name} } from ${JSON.stringify(join(dist, `${entry}.js`))}\nconsole.log(${name})`
  const made = await rolldown({
    input: 'program',
    platform: 'node',
    external: (id) => !/^[./]|^program$/.test(id),
    plugins: [
      {
        name: 'program',
        resolveId: (id) => (id === 'program' ? id : null),
        load: (id) => (id === 'program' ? program : null)
      }
    ]
  })
  const { output } = await made.generate({ format: 'esm' })
  return output[0].code
}

describe('what is run of the package', () => {
  it.each(entries)('is in few files: %s', (entry) => {
    expect(opened(join(dist, `${entry}.js`)).size).toBeLessThanOrEqual(30)
  })

  it.each(['dist', 'dist/cjs'])('is there once, so that a class is the same for every entry: %s', (folder) => {
    const own = scripts(join(root, folder)).filter((file) => folder !== 'dist' || !file.includes('/cjs/'))
    const sources = own.flatMap((file) =>
      [...read(file).matchAll(/^\/\/(?:#region)? (src\/.*\.ts)$/gm)].map(([, name]) => name)
    )
    expect(sources.length).toBeGreaterThan(300)
    expect(sources.filter((name, at) => sources.indexOf(name) !== at)).toEqual([])
  })

  it('imports nothing that is not installed with it', () => {
    const declared = new Set([...Object.keys(manifest.dependencies), ...Object.keys(manifest.peerDependencies)])
    const nameOf = (path: string): string => path.split('/', path.startsWith('@') ? 2 : 1).join('/')
    const missing = scripts(dist).flatMap((file) =>
      [...read(file).matchAll(/(?:^import |^(?:im|ex)port .* from |\bimport\(|\brequire\()"([^."\n][^"\n]*)"/gm)]
        .map(([, path = '']) => path)
        .filter((path) => !path.startsWith('node:') && !isBuiltin(path) && !declared.has(nameOf(path)))
        .map((path) => `${relative(dist, file)}: ${path}`)
    )
    expect(missing).toEqual([])
  })

  it('is followed back to the sources, which are in the package', async () => {
    for (const file of scripts(dist)) {
      if (!/\/\/# sourceMappingURL=/.test(read(file))) continue
      const map = JSON.parse(read(`${file}.map`)) as { readonly sources: readonly string[] }
      for (const source of map.sources) expect(relative(root, resolve(dirname(file), source))).toMatch(/^src\/.*\.ts$/)
    }
    const program = `import { consumer } from ${JSON.stringify(join(dist, 'index.js'))}
      try { consumer({}, {}) } catch ({ stack }) { console.log(stack) }`
    const stack = await runProgram(process.execPath, ['--enable-source-maps', '--input-type=module', '-e', program])
    expect(stack).toMatch(/at .*\/src\/[a-z/-]+\.ts:\d+:\d+/)
  })
})

describe('a bundler', () => {
  it('keeps nothing but what is used', async () => {
    expect((await kept('subscribe', 'index')).length).toBeLessThan(1_000)
    const commit = await kept('commit', 'index')
    expect(commit).toContain('commit')
    expect(commit).not.toMatch(/class ConsumerRun|class BatchReader|class Producer/)
    expect(await kept('kafka', 'kafka')).not.toMatch(/class ConsumerRun|MemoryCluster/)
  })
})
