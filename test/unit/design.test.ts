import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')
const pages = ['DESIGN.md', 'CONTRIBUTING.md', 'docs/performance.md', 'docs/error-codes.md']
const textOf = (page: string): string => readFileSync(join(root, page), 'utf8')

const filesBelow = (folder: string): readonly string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name))
const files = ['src', 'test', 'bench', 'scripts', 'docs', 'examples'].flatMap(filesBelow)

/** Pages name a file by the end of its path, as far as that is needed to tell it from others. */
const named = (path: string): readonly string[] => files.filter((file) => file === path || file.endsWith(`/${path}`))

const found = (pattern: RegExp): readonly (readonly [page: string, ...groups: string[]])[] =>
  pages.flatMap((page) =>
    [...textOf(page).matchAll(pattern)].map(([, ...groups]): readonly [string, ...string[]] => [page, ...groups])
  )

describe('what is written about the sources', () => {
  it('names files that exist', () => {
    const missing = found(/`([\w./-]+\.(?:ts|mjs))`/g).filter(
      ([, path = '']) => !path.includes('NAME.') && named(path).length === 0
    )

    expect(missing).toEqual([])
  })

  it('names functions of the files named beside them', () => {
    const steps = found(/`([\w./-]+\.ts)` `(\w+)`/g)
    const missing = steps.filter(
      ([, path = '', name = '']) =>
        !named(path).some((file) => new RegExp(`\\b${name}\\b *[(=:<]`).test(readFileSync(join(root, file), 'utf8')))
    )

    expect(steps.length).toBeGreaterThan(40)
    expect(missing).toEqual([])
  })

  it('describes journeys that are short, and enter no file twice', () => {
    const journeys = (textOf('DESIGN.md').split('## Four journeys')[1]?.split('\n## ')[0] ?? '')
      .split('\n### ')
      .slice(1)
    const steps = journeys.map((journey) => [...journey.matchAll(/^\d+\. `([\w./-]+)`/gm)].map(([, file = '']) => file))
    const twice = steps.flatMap((files) => files.filter((file, at) => files.indexOf(file) !== at))
    const [record = [], ...others] = steps

    expect(others).toHaveLength(3)
    expect(record.length).toBeLessThanOrEqual(14)
    expect(others.filter((files) => files.length < 10 || files.length > 12)).toEqual([])
    expect(twice).toEqual([])
  })

  it('lists every source folder in the file map, and no other', () => {
    const map = textOf('DESIGN.md').split('## Where things are')[1]?.split('\n## ')[0] ?? ''
    const inMap = [...map.matchAll(/`(src\/[\w/-]+)`/g)].map(([, folder = '']) => folder)
    const folders = readdirSync(join(root, 'src'), { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? [`src/${entry.name}`] : []
    )
    const subjects = ['src/core', 'src/engine', 'src/sources'].flatMap((folder) =>
      readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) =>
        entry.isDirectory() ? [`${folder}/${entry.name}`] : []
      )
    )
    const covered = (folder: string): boolean => inMap.some((one) => one === folder || one.startsWith(`${folder}/`))

    expect(inMap.filter((folder) => !files.includes(folder))).toEqual([])
    expect(folders.filter((folder) => !covered(folder))).toEqual([])
    expect(subjects.filter((folder) => !inMap.includes(folder))).toEqual([])
  })
})
