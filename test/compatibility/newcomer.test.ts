import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root } from '../support/packed-project.js'
import { snippets } from '../support/snippets.js'
import { installed, type InstalledProject } from './installed.js'

const page = readFileSync(join(root, 'docs/getting-started.md'), 'utf8')
const snippet = (name: string): string => {
  const found = snippets.find((one) => one.name === name)
  if (found === undefined) throw new Error(`the docs have no snippet ${name}`)
  return found.code
}
const program = snippet('README 1')
/** What `docs/getting-started.md` has the reader put into files; its second program needs Kafka. */
const files = {
  'billing.ts': snippet('getting-started 1'),
  'billing.test.ts': snippet('getting-started 3'),
  'poison.test.ts': snippet('getting-started 4'),
  'readme.test.ts': snippet('README 4')
}

/** A change that the page asks for, in its own words. */
interface Change {
  readonly said: string
  readonly from: string | RegExp
  readonly to: string
}
const noTopLevelAwait: Change = {
  said: 'Without top-level `await`: `void run(…)`',
  from: 'await run(',
  to: 'void run('
}
const jestHasGlobals: Change = { said: "without the import of `'vitest'`", from: /^import .* from 'vitest'\n/m, to: '' }
const noExtension: Change = {
  said: "import `'./billing'`, without `.js`",
  from: "'./billing.js'",
  to: "'./billing'"
}
const withZod: readonly Change[] = [
  {
    said: "import * as z from 'zod'",
    from: "import * as t from 'io-ts'",
    to: "import * as z from 'zod'"
  },
  {
    said: 'const Order = z.object({ id: z.string(), amount: z.number() })',
    from: 'const Order = t.type({ id: t.string, amount: t.number })',
    to: 'const Order = z.object({ id: z.string(), amount: z.number() })'
  },
  { said: 'z.infer<typeof Order>', from: 't.TypeOf<typeof Order>', to: 'z.infer<typeof Order>' }
]

interface Setup {
  readonly packages: Readonly<Record<string, string>>
  readonly esm: boolean
  readonly changes: readonly Change[]
  readonly compilerOptions: object
  readonly compile: readonly string[]
  readonly test: readonly string[]
}

const tools = { typescript: '5.9', '@types/node': '20' }
const tsc = ['npx', 'tsc', '--pretty', 'false']
const commonjs = { module: 'commonjs', moduleResolution: 'node10', esModuleInterop: true }
const vitest = ['npx', 'vitest', 'run', '--exclude', 'out/**']
const bundled = ['npx', 'esbuild', 'main.ts', '--bundle', '--platform=node', '--format=cjs', '--outfile=out/main.js']

const setups: Readonly<Record<string, Setup>> = {
  'TypeScript with ES modules': {
    packages: { ...tools, vitest: '4' },
    esm: true,
    changes: [],
    compilerOptions: { module: 'nodenext' },
    compile: tsc,
    test: vitest
  },
  'TypeScript with CommonJS and node10': {
    packages: { ...tools, typescript: '5.8', vitest: '4' },
    esm: false,
    changes: [noTopLevelAwait],
    compilerOptions: commonjs,
    compile: tsc,
    test: vitest
  },
  'Jest with ts-jest': {
    packages: { ...tools, jest: '30', '@types/jest': '30', 'ts-jest': '29' },
    esm: false,
    changes: [noTopLevelAwait, jestHasGlobals, noExtension],
    compilerOptions: { ...commonjs, types: ['node', 'jest'] },
    compile: tsc,
    test: ['npx', 'jest', '--preset', 'ts-jest', '--testPathIgnorePatterns', '/out/']
  },
  'vitest, and zod': {
    packages: { ...tools, vitest: '4', zod: '4' },
    esm: true,
    changes: withZod,
    compilerOptions: { module: 'esnext', moduleResolution: 'bundler' },
    compile: tsc,
    test: vitest
  },
  'esbuild to CommonJS': {
    packages: { ...tools, vitest: '4', esbuild: '0.25' },
    esm: false,
    changes: [noTopLevelAwait],
    compilerOptions: { module: 'esnext', moduleResolution: 'bundler', noEmit: true },
    compile: bundled,
    test: vitest
  }
}

/** Ends by SIGTERM when it has charged. */
const charging = async ({ folder }: InstalledProject): Promise<{ readonly code: number; readonly output: string }> => {
  const child = spawn('node', ['out/main.js'], { cwd: folder })
  let output = ''
  const read = (data: Buffer): void => {
    output += data.toString()
    if (output.includes('charged') && !child.killed) child.kill('SIGTERM')
  }
  child.stdout.on('data', read)
  child.stderr.on('data', read)
  const code = await new Promise<number>((ended) => child.once('close', ended))
  return { code, output }
}

describe.each(Object.entries(setups))('from an empty folder, by the README and the first page: %s', (name, setup) => {
  it('charges, logs, stops gracefully, and its tests pass', async () => {
    const changed = (code: string): string => setup.changes.reduce((all, { from, to }) => all.replace(from, to), code)
    for (const { said } of setup.changes) expect(page).toContain(said)

    const times: string[] = []
    let from = performance.now()
    const took = (what: string): void => {
      times.push(`${what} ${((performance.now() - from) / 1000).toFixed(1)} s`)
      from = performance.now()
    }
    const project = installed(null, setup.packages)
    took('npm install')
    const { folder } = project
    mkdirSync(join(folder, 'out'))
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as object
    writeFileSync(
      join(folder, 'package.json'),
      JSON.stringify({ ...manifest, type: setup.esm ? 'module' : 'commonjs' })
    )
    const compilerOptions = {
      target: 'es2022',
      strict: true,
      skipLibCheck: true,
      outDir: 'out',
      types: ['node'],
      ...setup.compilerOptions
    }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }))
    for (const [file, code] of Object.entries({ 'main.ts': program, ...files }))
      writeFileSync(join(folder, file), changed(code))

    const [compiler = '', ...options] = setup.compile
    expect(project.run(compiler, ...options)).toMatchObject({ code: 0 })
    took('compile')

    const { code, output } = await charging(project)
    expect(output.split('\n')).toEqual([
      'consumer billing: assigned orders/0-3, generation 1, cooperative-sticky',
      'charged 12',
      'run: SIGTERM: draining; the next signal aborts',
      'consumer billing: gave up orders/0-3 (drained)',
      'run: drained: orders/0-3, 0 records are delivered again',
      ''
    ])
    expect(code).toBe(0)
    took('run and stop')

    const [runner = '', ...args] = setup.test
    const tested = project.run(runner, ...args)
    expect(tested.output).toMatch(/Tests:? +3 passed/)
    expect(tested.code).toBe(0)
    took('tests')
    console.log(`${name}: ${times.join(', ')}`)
  })
})
