import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const pages = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'))
const files = ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'llms.txt', 'examples/README.md', ...pages.map((name) => `docs/${name}`)] // prettier-ignore
const read = (file: string): string => readFileSync(join(root, file), 'utf8')

/** As GitHub makes an anchor of a heading. */
const anchorsOf = (file: string): readonly string[] =>
  [...read(file).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-')
  )

const linksOf = (file: string): readonly string[] =>
  [...read(file).replace(/```.*?```/gs, '').matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target).filter((target) => !/^[a-z]+:/.test(target)) // prettier-ignore

describe('the docs', () => {
  it.each(files)('%s has no broken link', (file) => {
    const broken = linksOf(file).filter((target) => {
      const [path = '', anchor] = target.split('#')
      const at = path === '' ? file : join(dirname(file), path)
      return !existsSync(join(root, at)) || (anchor !== undefined && !anchorsOf(at).includes(anchor))
    })
    expect(broken).toEqual([])
  })

  it('have an index with every page', () => {
    const listed = linksOf('docs/README.md')
    expect(pages.filter((name) => name !== 'README.md' && !listed.includes(name))).toEqual([])
  })

  it('have an entry of the glossary for each word that is used without explanation', () => {
    const words = ['acknowledge', 'settled', 'hold', 'credit', 'drain', 'park']
    expect(words.filter((word) => !read('docs/glossary.md').includes(`| ${word} `))).toEqual([])
  })
})
