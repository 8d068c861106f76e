import { execFile, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { manifest, packedProject, type PackedProject } from '../support/packed-project.js'
import { key, metadata, scriptedBroker } from '../support/scripted-broker.js'

// They can only be imported by vitest and Jest.
const matchers = ['./testing/vitest', './testing/jest']
const entries = Object.keys(manifest.exports).filter((entry) => ![...matchers, './package.json'].includes(entry))

let project: PackedProject

beforeAll(() => {
  project = packedProject()
})

afterAll(() => {
  project.remove()
})

const node = (
  type: 'module' | 'commonjs',
  program: string
): { status: number | null; stdout: string; stderr: string } =>
  spawnSync(process.execPath, [`--input-type=${type}`, '-e', program], { cwd: project.folder, encoding: 'utf8' })

const specifier = (entry: string): string => `ackstream${entry.slice(1)}`

describe('the packed tarball', () => {
  it('holds the build, the sources, what operators load, the documents and the examples, and nothing else', () => {
    const files = ['CHANGELOG.md', 'LICENSE', 'README.md', 'bench/RESULTS.md', 'llms.txt', 'package.json']
    const others = project.packed.filter((path) => !/^(dist|src|ops|docs|examples)\//.test(path))
    expect(others.sort()).toEqual(files)
    expect(project.packed.filter((path) => path.startsWith('ops/')).sort()).toEqual([
      'ops/Dockerfile',
      'ops/alerts.yml',
      'ops/compose.yaml',
      'ops/grafana-dashboard.json',
      'ops/kubernetes.yaml'
    ])
    const documents = readdirSync('docs', { recursive: true, encoding: 'utf8' }).map((path) => `docs/${path}`)
    expect(project.packed.filter((path) => path.startsWith('docs/')).sort()).toEqual(documents.sort())
    expect(project.packed).toContain('dist/index.js')
  })

  it('has what its documents link to', () => {
    const documents = project.packed.filter((path) => /^[^/]+\.(md|txt)$|^(docs|examples)\/.*\.md$/.test(path))
    const broken = documents.flatMap((document) => {
      const text = readFileSync(join(project.folder, 'node_modules/ackstream', document), 'utf8')
      const targets = [...text.replace(/```.*?```/gs, '').matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target)
      return targets
        .filter((target) => !/^(#|[a-z]+:)/.test(target))
        .map((target) => join(dirname(document), target.split('#')[0] ?? ''))
        .filter(
          (path) =>
            !project.packed.some((packed) => packed === path || packed.startsWith(`${path.replace(/\/$/, '')}/`))
        )
        .map((path) => `${document}: ${path}`)
    })
    expect(documents).toContain('docs/README.md')
    expect(broken).toEqual([])
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

  it('is one package to a program that imports it here and requires it there', () => {
    const program = `
      import { createRequire } from 'node:module'
      const require = createRequire(import.meta.url)
      for (const name of ${JSON.stringify(entries.map(specifier))}) {
        const [imported, required] = [await import(name), require(name)]
        for (const key of Object.keys(imported)) if (imported[key] !== required[key]) console.log(name, key)
      }
      console.log('one')`
    expect(node('module', program).stdout).toBe('one\n')
  })

  it.each(entries)('is there as CommonJS for those who cannot load anything else: %s', (entry) => {
    const file = `./node_modules/ackstream/dist/cjs/${entry === '.' ? 'index' : entry.slice(2)}.js`
    const program = `console.log(Object.keys(require('${file}')).sort().join())`
    const modern = `console.log(Object.keys(await import('${specifier(entry)}')).sort().join())`
    const { stdout } = node('module', modern)
    expect(node('commonjs', program)).toMatchObject({ stdout, stderr: '', status: 0 })
  })

  it('has a command line', () => {
    const run = (...args: readonly string[]) =>
      spawnSync(process.execPath, [join(project.folder, 'node_modules/ackstream', manifest.bin.ackstream), ...args], {
        cwd: project.folder,
        encoding: 'utf8',
        env: { PATH: process.env['PATH'] }
      })
    expect(run('--help')).toMatchObject({ status: 0, stderr: '', stdout: expect.stringContaining('doctor') })
    expect(run('tail', 'orders')).toMatchObject({ status: 2, stderr: expect.stringContaining('no brokers are named') })
  })

  it('consumes, and loads what is optional, as CommonJS', () => {
    const program = `
      const { commit, consumer, eachPartition, handle, subscribe, producer } = require('./node_modules/ackstream/dist/cjs/index.js')
      const { memoryCluster } = require('./node_modules/ackstream/dist/cjs/testing.js')
      const { kafka } = require('./node_modules/ackstream/dist/cjs/kafka.js')
      const { workers } = require('./node_modules/ackstream/dist/cjs/workers.js')
      for (const type of ['snappy', 'lz4']) void producer(kafka({ 'bootstrap.servers': 'a:1' }), { 'compression.type': type }).close()
      void workers({ file: 'node_modules/ackstream/package.json' }).close()
      const cluster = memoryCluster({ topics: { greetings: 1 } })
      cluster.produce('greetings', { value: 'hello' })
      const greetings = consumer(cluster, { 'group.id': 'g', 'auto.offset.reset': 'earliest', subscription: subscribe('greetings') })
      greetings.pipe(eachPartition((partition) => partition.pipe(handle(() => void greetings.drain()), commit())))
        .subscribe({ complete: () => console.log('committed', String(cluster.committed('g', { topic: 'greetings', partition: 0 }))) })`
    expect(node('commonjs', program)).toMatchObject({ stdout: 'committed 1\n', stderr: '', status: 0 })
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

  it.each([
    ['module', "const { kafka } = await import('ackstream/kafka')"],
    ['commonjs', "const { kafka } = require('./node_modules/ackstream/dist/cjs/kafka.js')"]
  ] as const)(
    'loads kafkajs with the first call of an admin client that needs it, and ends: %s',
    async (type, load) => {
      // Our own connection comes first: kafkajs is not needed while that says why there is none.
      const broker = await scriptedBroker(({ key: api, reply }) =>
        api === key.metadata ? reply(metadata([broker.port])) : undefined
      )
      const program = `
      (async () => {
        const { createRequire } = await import('node:module')
        const { cache } = createRequire(process.cwd() + '/')
        const loaded = () => Object.keys(cache).some((file) => file.includes('/kafkajs/'))
        ${load}
        const cluster = kafka({ 'bootstrap.servers': '127.0.0.1:${String(broker.port)}' })
        const admin = cluster.admin({ 'default.api.timeout.ms': 2000 })
        const given = (asked) => asked.then(() => undefined, () => undefined)
        await given(admin.listTopics())
        console.log(loaded())
        await given(admin.describeAcls())
        console.log(loaded())
      })()`
      const args = [`--input-type=${type}`, '-e', program]
      // Not synchronously: the broker is in this process. It rejects if the program fails.
      const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd: project.folder })
      expect({ stdout, stderr }).toEqual({ stdout: 'false\ntrue\n', stderr: '' })
    }
  )

  it.each(['ackstream/kafka', 'ackstream/kafkajs'])('does not load kafkajs with %s', (name) => {
    const program = `
      import { register } from 'node:module'
      register('data:text/javascript,' + encodeURIComponent(\`
        export async function resolve(specifier, context, next) {
          if (specifier === 'kafkajs') throw new Error('loads ' + specifier)
          return next(specifier, context)
        }\`))
      await import('${name}')
      console.log('clean')`
    expect(node('module', program)).toMatchObject({ stdout: 'clean\n', stderr: '' })
  })

  it('mentions neither kafkajs nor piscina in a public type', () => {
    for (const entry of [
      'index',
      'kafka',
      'testing',
      'testing/fast-check',
      'testing/vitest',
      'testing/jest',
      'ndjson',
      'metrics',
      'opentelemetry',
      'postgres',
      'http',
      'sqlite',
      'workers'
    ]) {
      const types = readFileSync(join(project.folder, 'node_modules/ackstream/dist', `${entry}.d.ts`), 'utf8')
      expect(types).not.toMatch(/kafkajs|piscina/i)
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
