import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { firstValueFrom, timer } from 'rxjs'
import { cached } from '../../scripts/cache.mjs'

/** A Prometheus server that scrapes one target every second. */
export interface Prometheus {
  /** The `data` that its interface answers. */
  ask(path: string): Promise<unknown>
  stop(): Promise<void>
}

/** The programs of Debian's package; null where it cannot be had, which is said loudly. */
export const prometheusPrograms = (): { readonly server: string; readonly promtool: string } | null => {
  try {
    const folder = cached('prometheus-debian', (work) => {
      // Taken out of the package, not installed: nothing is started, and no root is needed.
      const download = (): void => {
        command(work, 'apt-get', 'download', 'prometheus')
      }
      try {
        download()
      } catch {
        // The lists of packages may be old, or missing.
        command(work, 'apt-get', 'update')
        download()
      }
      const file = readdirSync(work).find((name) => name.endsWith('.deb')) ?? ''
      command(work, 'dpkg-deb', '-x', file, 'made')
    })
    return { server: join(folder, 'usr/bin/prometheus'), promtool: join(folder, 'usr/bin/promtool') }
  } catch (error) {
    console.warn(`\n*** SKIPPED: the tests with Prometheus need Debian's package of it: ${String(error)} ***\n`)
    return null
  }
}

const command = (cwd: string, name: string, ...args: readonly string[]): void => {
  const { status, stderr, error } = spawnSync(name, args, { cwd, encoding: 'utf8' })
  if (error !== undefined || status !== 0) throw error ?? new Error(`${name} ${args.join(' ')}: ${stderr}`)
}

/** Starts it with these rules, for the target `127.0.0.1:port`. */
export const startPrometheus = async (server: string, port: number, rules: string): Promise<Prometheus> => {
  const folder = mkdtempSync(join(tmpdir(), 'ackstream-prometheus-'))
  const own = await freePort()
  const config = {
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: [rules],
    scrape_configs: [{ job_name: 'billing', static_configs: [{ targets: [`127.0.0.1:${String(port)}`] }] }]
  }
  // JSON is YAML too.
  writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(config))
  const args = [
    `--config.file=${folder}/prometheus.yml`,
    `--storage.tsdb.path=${folder}/data`,
    `--web.listen-address=127.0.0.1:${String(own)}`
  ]
  const child: ChildProcess = spawn(server, args, { stdio: ['ignore', 'ignore', 'pipe'], cwd: folder })
  let said = ''
  child.stderr?.on('data', (data: Buffer) => (said += data.toString()))
  const ask = async (path: string): Promise<unknown> => {
    if (child.exitCode !== null) throw new Error(`Prometheus has ended: ${said}`)
    const response = await fetch(`http://127.0.0.1:${String(own)}${path}`)
    const { data, error } = (await response.json()) as { readonly data?: unknown; readonly error?: string }
    if (error !== undefined) throw new Error(`${path}: ${error}`)
    return data
  }
  await until(async () => {
    if (child.exitCode !== null) throw new Error(`Prometheus has ended: ${said}`)
    return (await fetch(`http://127.0.0.1:${String(own)}/-/ready`).catch(() => null))?.ok === true
  })
  return {
    ask,
    stop: async () => {
      if (child.exitCode === null) {
        child.kill('SIGKILL')
        await once(child, 'close')
      }
      rmSync(folder, { recursive: true, force: true })
    }
  }
}

/** Looks until it holds; the test's own limit ends it. */
export const until = async (holds: () => Promise<boolean>): Promise<void> => {
  while (!(await holds())) await firstValueFrom(timer(50))
}

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
