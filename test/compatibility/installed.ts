import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { root } from '../support/packed-project.js'

/** What a program that was run in a project wrote, all of it, and its exit code. */
export interface Ran {
  readonly code: number | null
  readonly output: string
}

/** A project with what npm installs beside this package, and the files of one in `projects`, if it is one. */
export interface InstalledProject {
  readonly folder: string
  run(command: string, ...args: readonly string[]): Ran
}

/** Outside of the repository, whose tsconfig.json a bundler would go by. */
const folders: string[] = []
const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'ackstream-compatibility-'))
  folders.push(folder)
  return folder
}
afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
})

const packed = (): string => {
  const folder = newFolder()
  execFileSync('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], { cwd: root, stdio: 'ignore' })
  const [file = ''] = readdirSync(folder)
  return join(folder, file)
}
let tarball: string | null = null

const known = new Map<string, InstalledProject>()

/**
 * A project of its own, with `npm install` as a user does it: without --legacy-peer-deps, so that it fails where versions
 * exclude each other. One that is asked for again is there already.
 */
export const installed = (
  project: string | null,
  packages: Readonly<Record<string, string>>,
  scripts: 'run' | 'ignored' = 'ignored'
): InstalledProject => {
  tarball ??= packed()
  const dependencies = { ackstream: `file:${tarball}`, rxjs: '7', 'fp-ts': '2', 'io-ts': '2', ...packages }
  const manifest = JSON.stringify({ private: true, dependencies })
  const former = known.get(`${project ?? ''} ${manifest}`)
  if (former !== undefined) return former
  const folder = newFolder()
  writeFileSync(join(folder, 'package.json'), manifest)
  const options = [
    '--no-audit',
    '--no-fund',
    '--prefer-offline',
    ...(scripts === 'ignored' ? ['--ignore-scripts'] : [])
  ]
  execFileSync('npm', ['install', ...options], { cwd: folder, encoding: 'utf8' })
  if (project !== null) cpSync(join(root, 'test/compatibility/projects', project), folder, { recursive: true })
  const made: InstalledProject = {
    folder,
    run: (command, ...args) => {
      const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' }
      const { status, stdout, stderr } = spawnSync(command, args, { cwd: folder, env, encoding: 'utf8' })
      return { code: status, output: stdout + stderr }
    }
  }
  known.set(`${project ?? ''} ${manifest}`, made)
  return made
}
