import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packedProject, type PackedProject, root } from '../support/packed-project.js'

const names = readdirSync(join(root, 'examples'))
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.slice(0, -'.ts'.length))

interface Ended {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

let project: PackedProject
let compiled: Ended

beforeAll(() => {
  project = packedProject()
  const { folder } = project
  cpSync(join(root, 'examples'), join(folder, 'examples'), { recursive: true })
  for (const name of ['@types', 'node-sqlite3-wasm'])
    symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name))
  const [, program = ''] = /```ts\n(.*?)```/s.exec(readFileSync(join(root, 'README.md'), 'utf8')) ?? []
  writeFileSync(join(folder, 'examples/readme.ts'), program)
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  const compilerOptions = { noEmit: false, paths: {}, rootDir: 'examples', outDir: 'compiled' }
  const tsconfig = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions,
    include: ['examples'],
    exclude: ['**/*.test.ts']
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(tsconfig))
  compiled = tsc('typescript')
})

afterAll(() => {
  project.remove()
})

const node = (...args: readonly string[]): Ended =>
  spawnSync(process.execPath, args, { cwd: project.folder, encoding: 'utf8' })

const tsc = (compiler: string, ...more: readonly string[]): Ended =>
  node(join(root, 'node_modules', compiler, 'bin/tsc'), '-p', '.', ...more)

/** The comment that the file begins with, without its slashes: the question, and after `prints:` the lines. */
const headOf = (name: string): { readonly question: string; readonly prints: readonly string[] } => {
  const lines = readFileSync(join(root, 'examples', `${name}.ts`), 'utf8').split('\n')
  const head = lines.slice(
    0,
    lines.findIndex((line) => !line.startsWith('//'))
  )
  const prints = head.indexOf('// prints:')
  expect(prints, 'says what it prints').toBeGreaterThan(0)
  return {
    question: head[0]?.slice('// '.length) ?? '',
    prints: head.slice(prints + 1).map((line) => line.slice('//   '.length))
  }
}

describe('the program that the README begins with', () => {
  it('charges the order, and ends when it is told to', async () => {
    const child = spawn(process.execPath, ['compiled/readme.js'], { cwd: project.folder })
    let stderr = ''
    child.stderr.on('data', (data: Buffer) => (stderr += data.toString()))
    let stdout = ''
    child.stdout.on('data', (data: Buffer) => {
      stdout += data.toString()
      if (stdout.includes('charged') && !child.killed) child.kill('SIGTERM')
    })
    expect([await once(child, 'close'), stderr]).toEqual([[0, null], ''])
    expect(stdout.split('\n')).toEqual([
      'consumer billing: assigned orders/0-3, generation 1, cooperative-sticky',
      'charged 12',
      'run: SIGTERM: draining; the next signal aborts',
      'consumer billing: gave up orders/0-3 (drained)',
      'run: drained: orders/0-3, 0 records are delivered again',
      ''
    ])
  })
})

describe('examples', () => {
  it('compile against the packed tarball', () => {
    expect(compiled).toMatchObject({ status: 0, stdout: '', stderr: '' })
    expect(tsc('typescript7', '--noEmit')).toMatchObject({ status: 0, stdout: '', stderr: '' })
  })

  it.each(names)('%s answers a question, prints what it says, and ends by itself', (name) => {
    const { question, prints } = headOf(name)
    expect(question).toMatch(/\?$/)
    const { status, stdout, stderr } = node(`compiled/${name}.js`)
    // What they log is of trouble that they make on purpose.
    expect(stderr.split('\n').filter((line) => !/^$|^(consumer|producer)( [a-z0-9-]+)?: /.test(line))).toEqual([])
    expect(stdout.split('\n').slice(0, -1)).toEqual(prints)
    expect(status).toBe(0)
  })

  it('are all listed', () => {
    const listed = [...readFileSync(join(root, 'examples/README.md'), 'utf8').matchAll(/\]\(([^/)]+?)\.ts\)/g)]
    expect(listed.map(([, name]) => name).sort()).toEqual(names)
  })
})
