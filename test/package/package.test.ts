import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly exports: Readonly<Record<string, unknown>>
  readonly dependencies: Readonly<Record<string, string>>
  readonly peerDependencies: Readonly<Record<string, string>>
}
const entries = Object.keys(manifest.exports).filter((entry) => entry !== './package.json')

let project = ''
let packed: readonly string[] = []

beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'ackstream-package-'))
  const answer = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', project], { cwd: root, encoding: 'utf8' }) // prettier-ignore
  const [tarball] = JSON.parse(answer) as readonly { filename: string; files: readonly { path: string }[] }[]
  packed = tarball?.files.map(({ path }) => path) ?? []
  const modules = join(project, 'node_modules')
  mkdirSync(join(modules, 'ackstream'), { recursive: true })
  execFileSync('tar', ['-xzf', join(project, tarball?.filename ?? ''), '-C', join(modules, 'ackstream'), '--strip-components=1']) // prettier-ignore
  // What npm would install beside it; tslib comes with rxjs.
  for (const name of [...Object.keys(manifest.dependencies), ...Object.keys(manifest.peerDependencies), 'tslib'])
    symlinkSync(join(root, 'node_modules', name), join(modules, name))
})

afterAll(() => {
  rmSync(project, { recursive: true, force: true })
})

const node = (
  type: 'module' | 'commonjs',
  program: string
): { status: number | null; stdout: string; stderr: string } =>
  spawnSync(process.execPath, [`--input-type=${type}`, '-e', program], { cwd: project, encoding: 'utf8' })

const specifier = (entry: string): string => `ackstream${entry.slice(1)}`

describe('the packed tarball', () => {
  it('holds the build, the sources and the papers, and nothing else', () => {
    const papers = ['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json']
    expect(packed.filter((path) => !path.startsWith('dist/') && !path.startsWith('src/')).sort()).toEqual(papers)
    expect(packed).toContain('dist/index.js')
  })

  it.each(entries)('is imported by a bare Node program: %s', (entry) => {
    const { status, stdout, stderr } = node(
      'module',
      `console.log(Object.keys(await import('${specifier(entry)}')).length)`
    )
    expect(stderr).toBe('')
    expect(status).toBe(0)
    expect(Number(stdout)).toBeGreaterThan(0)
  })

  it.each(entries)('is required by a bare Node program: %s', (entry) => {
    const { status, stdout } = node('commonjs', `console.log(Object.keys(require('${specifier(entry)}')).length)`)
    expect(status).toBe(0)
    expect(Number(stdout)).toBeGreaterThan(0)
  })

  it.each(['ackstream', 'ackstream/testing'])('loads neither kafkajs nor a part of Node with %s', (name) => {
    const program = `
      import { register } from 'node:module'
      register('data:text/javascript,' + encodeURIComponent(\`
        export async function resolve(specifier, context, next) {
          const found = await next(specifier, context)
          if (context.parentURL?.includes('/ackstream/') && (specifier.startsWith('node:') || specifier === 'kafkajs'))
            throw new Error('loads ' + specifier)
          return found
        }\`))
      await import('${name}')
      console.log('clean')`
    const { stdout, stderr } = node('module', program)
    expect(stderr).toBe('')
    expect(stdout.trim()).toBe('clean')
  })

  it('mentions kafkajs in no public type', () => {
    for (const entry of ['index', 'kafka', 'testing', 'ndjson']) {
      const types = readFileSync(join(project, 'node_modules/ackstream/dist', `${entry}.d.ts`), 'utf8')
      expect(types).not.toMatch(/kafkajs/i)
    }
  })

  it('consumes what was produced, in a bare Node program that then ends by itself', () => {
    const program = `
      import { commit, consumer, deserialize, eachPartition, handle, subscribe, utf8 } from 'ackstream'
      import { memoryCluster } from 'ackstream/testing'
      const cluster = memoryCluster({ topics: { greetings: 1 } })
      cluster.produce('greetings', { value: 'hello' })
      const greetings = consumer(cluster, { 'group.id': 'g', 'auto.offset.reset': 'earliest', subscription: subscribe('greetings') })
      greetings.pipe(eachPartition((partition) => partition.pipe(
        deserialize({ value: utf8 }),
        handle((record) => { console.log(record.value); void greetings.drain() }),
        commit()
      ))).subscribe({ complete: () => console.log('committed', String(cluster.committed('g', { topic: 'greetings', partition: 0 }))) })`
    const { stdout, status } = node('module', program)
    expect(stdout).toBe('hello\ncommitted 1\n')
    expect(status).toBe(0)
  })
})
