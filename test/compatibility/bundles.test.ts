import { describe, expect, it } from 'vitest'
import { installed, type InstalledProject } from './installed.js'

const rollup = {
  rollup: '4',
  '@rollup/plugin-node-resolve': '16',
  '@rollup/plugin-commonjs': '29',
  '@rollup/plugin-json': '6'
}

const project = (): InstalledProject =>
  installed('bundle', { esbuild: '0.25', webpack: '5', 'webpack-cli': '6', ...rollup, 'lz4-napi': '2', piscina: '5' })

describe('a bundle', () => {
  it.each(['cjs', 'esm'])('of esbuild as %s runs, and finds what is installed beside it', (format) => {
    const { run } = project()
    const file = `bundle.${format === 'cjs' ? 'cjs' : 'mjs'}`
    // kafkajs is CommonJS, which needs a require where there is none.
    const require =
      "--banner:js=import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url)"
    const options = [
      'program.js',
      '--bundle',
      '--platform=node',
      '--target=node20',
      `--format=${format}`,
      `--outfile=${file}`,
      ...(format === 'esm' ? [require] : [])
    ]
    expect(run('npx', 'esbuild', ...options)).toMatchObject({ code: 0 })
    expect(run('node', file)).toEqual({ code: 0, output: 'committed 1\n' })
  })

  it('of webpack runs, and finds what is installed beside it', () => {
    const { run } = project()
    const options = [
      '--target',
      'node',
      '--mode',
      'production',
      '--entry',
      './program.js',
      '--output-path',
      'out',
      '--output-filename',
      'bundle.cjs'
    ]
    expect(run('npx', 'webpack', ...options)).toMatchObject({ code: 0 })
    expect(run('node', 'out/bundle.cjs')).toEqual({ code: 0, output: 'committed 1\n' })
  })

  it.each(['cjs', 'es'])('of rollup as %s runs, and finds what is installed beside it', (format) => {
    const { run } = project()
    const ending = format === 'cjs' ? 'cjs' : 'mjs'
    const plugins = ['node-resolve', 'commonjs', 'json'].flatMap((name) => ['-p', name])
    const names = ['--entryFileNames', `[name].${ending}`, '--chunkFileNames', `[name].${ending}`]
    const options = ['program.js', ...plugins, '--format', format, '--dir', 'rolled', ...names, '--silent']
    expect(run('npx', 'rollup', ...options)).toMatchObject({ code: 0 })
    expect(run('node', `rolled/program.${ending}`)).toEqual({ code: 0, output: 'committed 1\n' })
  })
})
