import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository. */
export const root = fileURLToPath(new URL('../..', import.meta.url))

export const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly exports: Readonly<Record<string, unknown>>
  readonly bin: { readonly ackstream: string }
  readonly dependencies: Readonly<Record<string, string>>
  readonly peerDependencies: Readonly<Record<string, string>>
}

/** A folder in which what would be published is installed. */
export interface PackedProject {
  readonly folder: string
  /** what the tarball holds */
  readonly packed: readonly string[]
  /** bytes of the tarball */
  readonly size: number
  remove(): void
}

/** What `npm pack --json` says of it. */
interface Tarball {
  readonly filename: string
  readonly size: number
  readonly files: readonly { readonly path: string }[]
}

export const packedProject = (): PackedProject => {
  const folder = mkdtempSync(join(tmpdir(), 'ackstream-package-'))
  const answer = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
    cwd: root,
    encoding: 'utf8'
  })
  const [tarball] = JSON.parse(answer) as readonly Tarball[]
  const modules = join(folder, 'node_modules')
  mkdirSync(join(modules, 'ackstream'), { recursive: true })
  execFileSync('tar', [
    '-xzf',
    join(folder, tarball?.filename ?? ''),
    '-C',
    join(modules, 'ackstream'),
    '--strip-components=1'
  ])
  // What npm would install beside it; tslib comes with rxjs.
  for (const name of [...Object.keys(manifest.dependencies), ...Object.keys(manifest.peerDependencies), 'tslib']) {
    mkdirSync(dirname(join(modules, name)), { recursive: true })
    symlinkSync(join(root, 'node_modules', name), join(modules, name))
  }
  return {
    folder,
    packed: tarball?.files.map(({ path }) => path) ?? [],
    size: tarball?.size ?? 0,
    remove: () => {
      rmSync(folder, { recursive: true, force: true })
    }
  }
}
