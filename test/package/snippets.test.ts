import { spawn, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packedProject, type PackedProject, root } from '../support/packed-project.js'
import { moduleOf, snippets } from '../support/snippets.js'

const charged = 'charged {"id":"a","amount":12}'

/** What appears, in any order, when a snippet runs on the embedded cluster of `names.ts`; `end` behind its last line. */
const runs: Readonly<Record<string, readonly string[]>> = {
  'README 1': ['charged 12'],
  'README 2': ['written invoices many', 'end'],
  'README 3': ['end'],
  'codecs 1': ['end'],
  'exactly-once 1': ['written invoices {"of":"a","total":12}', 'written ledger a: 12'],
  'failures 1': ['end'],
  'from-kafkajs 2': [charged],
  'from-kafkajs 3': ['indexed [{"id":"a","amount":12}]'],
  'from-kafkajs 4': [charged],
  'from-kafkajs 5': ['written invoices {"of":"a","total":12}'],
  'group-protocols 1': ['end'],
  'loops 1': [charged],
  'loops 2': ['end'],
  'loops 3': ['saved 0'],
  'loops 4': ['saved 0'],
  'ndjson 1': ['end'],
  'operating 1': [charged],
  'rebalancing 1': ['end'],
  'retries 1': ['end'],
  'running 1': [charged],
  'security 1': ['end'],
  'security 2': ['end'],
  'security 3': ['end'],
  'security 4': ['end'],
  'security 5': ['end'],
  'security 6': ['end'],
  'security 7': ['end'],
  'share-groups 1': ['end'],
  'share-groups 2': ['end'],
  'share-groups 3': ['end'],
  'tracing 2': ['end'],
  'typed-topics 1': ['end'],
  'typed-topics 2': ['written invoices {"of":"a","total":12}', 'end'],
  'typed-topics 3': ['order of 12', 'end'],
  'your-own-sink 1': ['end']
}

/** They are compiled here, and why they are not run. */
const compiledOnly: Readonly<Record<string, string>> = {
  'README 4': 'runs in examples/testing/guide.test.ts',
  'exactly-once 2': 'needs MongoDB',
  'from-kafkajs 1': 'needs Kafka',
  'getting-started 1': 'runs in newcomer.test.ts, as do its tests',
  'getting-started 2': 'needs Kafka',
  'getting-started 3': 'is a test',
  'getting-started 4': 'is a test',
  'http 1': 'needs an HTTP API',
  'loops 5': 'needs Kafka',
  'outbox 1': 'needs PostgreSQL',
  'outbox 2': 'needs PostgreSQL',
  'postgres 1': 'needs PostgreSQL',
  'postgres 2': 'needs PostgreSQL',
  'sqlite 1': 'needs a later Node',
  'tracing 1': 'needs OpenTelemetry',
  'typed-topics 4': 'has a schema of the reader',
  'your-own-sink 2': 'is a test'
}

let project: PackedProject
let compiled: string

beforeAll(() => {
  project = packedProject()
  const { folder } = project
  const modules = join(folder, 'node_modules')
  symlinkSync(join(root, 'node_modules/@types'), join(modules, '@types'))
  // The samples for vendors are not connected, so whatever signs will do.
  const signer = join(modules, 'aws-msk-iam-sasl-signer-js')
  mkdirSync(signer)
  writeFileSync(join(signer, 'package.json'), '{ "type": "module", "main": "index.js" }')
  writeFileSync(join(signer, 'index.js'), 'export const generateAuthToken = async () => ({})')
  cpSync(join(root, 'test/fixtures/snippets'), join(folder, 'snippets'), { recursive: true })
  cpSync(join(root, 'test/fixtures/tls/ca.pem'), join(folder, 'ca.pem'))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  for (const snippet of snippets) {
    mkdirSync(join(folder, 'snippets', snippet.page), { recursive: true })
    writeFileSync(join(folder, 'snippets', snippet.page, `${snippet.file}.ts`), moduleOf(snippet))
  }
  const compilerOptions = {
    noEmit: false,
    paths: {},
    rootDir: 'snippets',
    outDir: 'compiled',
    noUnusedLocals: false,
    noPropertyAccessFromIndexSignature: false,
    verbatimModuleSyntax: false,
    skipLibCheck: true
  }
  const tsconfig = { extends: join(root, 'tsconfig.json'), compilerOptions, include: ['snippets'], exclude: [] }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(tsconfig))
  const tsc = [join(root, 'node_modules/typescript7/bin/tsc'), '-p', '.', '--pretty', 'false']
  compiled = spawnSync(process.execPath, tsc, { cwd: folder, encoding: 'utf8' }).stdout
})

afterAll(() => {
  project.remove()
})

/** What a program prints until all of these lines have come; it is killed then. */
const printedBy = async (file: string, expected: readonly string[]): Promise<readonly string[]> => {
  const secrets = { KAFKA_PASSWORD: 'a', API_KEY: 'a', API_SECRET: 'a', EVENT_HUBS_CONNECTION_STRING: 'a', PORT: '0' }
  const child = spawn(process.execPath, [file], { cwd: project.folder, env: { ...process.env, ...secrets } })
  let printed = ''
  const lines = (): readonly string[] => printed.split('\n')
  const read = (data: Buffer): void => {
    printed += data.toString()
    if (expected.every((line) => lines().includes(line))) child.kill('SIGKILL')
  }
  child.stdout.on('data', read)
  child.stderr.on('data', read)
  await new Promise((ended) => child.once('close', ended))
  return lines()
}

describe('the snippets of the README and the docs', () => {
  it('are all compiled', () => {
    expect(compiled).toBe('')
  })

  it('are run, or it is said why not', () => {
    expect([...Object.keys(runs), ...Object.keys(compiledOnly)].sort()).toEqual(snippets.map(({ name }) => name).sort())
  })

  it.each(snippets.filter(({ name }) => name in runs))('$name runs on the embedded cluster', async (snippet) => {
    const expected = runs[snippet.name] ?? []
    const file = join('compiled', snippet.page, `${snippet.file}.js`)
    expect(await printedBy(file, expected)).toEqual(expect.arrayContaining([...expected]))
  })
})
