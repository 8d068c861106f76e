import { execFileSync, spawn } from 'node:child_process'
import { chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe } from 'vitest'
import { cached } from '../../scripts/cache.mjs'
import type { PostgresPool } from '../../src/postgres.js'

/** The parts of pg 8 that the tests use. */
export interface Pool extends PostgresPool {
  query(text: string, values?: unknown[]): Promise<{ readonly rows: readonly Record<string, unknown>[] }>
  on(event: 'error', listener: (error: Error) => void): void
  end(): Promise<void>
}
interface Pg {
  readonly Pool: new (options: { readonly connectionString: string; readonly max?: number }) => Pool
}

/** pg is installed beside Kafka's jars: the library needs none, and takes any. */
const loadPg = (): Pg | null => {
  try {
    const folder = cached('pg-8.16.3', (work) => {
      const target = join(work, 'made')
      mkdirSync(target)
      execFileSync('npm', ['install', '--prefix', target, '--no-audit', '--no-fund', '--ignore-scripts', 'pg@8.16.3'], { stdio: 'ignore' }) // prettier-ignore
    })
    return createRequire(join(folder, 'index.js'))('pg') as Pg
  } catch {
    return null
  }
}

const has = (command: string): boolean => {
  try {
    execFileSync(command, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

const freePort = (): Promise<number> =>
  new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => {
        done(typeof address === 'object' && address !== null ? address.port : 0)
      })
    })
  })

/** PostgreSQL refuses to run as root. */
const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}

/** A server of the tests' own; gives its address and how to end it. */
const startServer = async (): Promise<{ readonly url: string; readonly stop: () => Promise<void> }> => {
  const folder = mkdtempSync(join(tmpdir(), 'ackstream-postgres-'))
  if (nobody.uid !== undefined) chownSync(folder, nobody.uid, nobody.gid)
  const data = join(folder, 'data')
  execFileSync('initdb', ['-D', data, '-U', 'test', '-A', 'trust', '-E', 'UTF8', '--locale=C', '-N'], { ...nobody, cwd: folder, stdio: 'ignore' }) // prettier-ignore
  const port = await freePort()
  const server = spawn('postgres', ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', folder, '-F'], { ...nobody, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] }) // prettier-ignore
  const ended = new Promise<void>((done) => server.once('exit', () => { done() })) // prettier-ignore
  await new Promise<void>((ready, failed) => {
    let said = ''
    server.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      if (said.includes('ready to accept connections')) ready()
    })
    server.once('exit', () => { failed(new Error(said)) }) // prettier-ignore
  })
  const stop = async (): Promise<void> => {
    server.kill('SIGINT')
    await ended
    rmSync(folder, { recursive: true })
  }
  return { url: `postgres://test@127.0.0.1:${String(port)}/postgres`, stop }
}

/**
 * Tests on a real PostgreSQL: at `PG_URL`, or one of their own where its programs are on the PATH. Skipped, by a name that says
 * so, where there is neither, or no pg.
 */
export const describePostgres = (name: string, body: (pool: () => Pool) => void): void => {
  const url = process.env['PG_URL']
  const pg = url !== undefined || (has('postgres') && has('initdb')) ? loadPg() : null
  if (pg === null) {
    describe.skip(`${name} (no PostgreSQL: neither PG_URL nor its programs, or no pg)`, () => {
      body(() => {
        throw new Error('there is none')
      })
    })
    return
  }
  describe(name, () => {
    let pool: Pool | null = null
    let stop: () => Promise<void> = () => Promise.resolve()
    beforeAll(async () => {
      const server = url === undefined ? await startServer() : { url, stop }
      stop = server.stop
      pool = new pg.Pool({ connectionString: server.url, max: 8 })
      // Connections that the tests break.
      pool.on('error', () => undefined)
    })
    afterAll(async () => {
      await pool?.end()
      await stop()
    })
    body(() => {
      if (pool === null) throw new Error('it is not up yet')
      return pool
    })
  })
}
