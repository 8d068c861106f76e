import { join } from 'node:path'
import { rolldown } from 'rolldown'
import { describe, expect, it } from 'vitest'
import { root } from '../support/packed-project.js'
import { installed } from './installed.js'

/** Compression by the packages of a project, which no entry of ours exports. */
const bundleCodecs = async (folder: string): Promise<void> => {
  const bundled = await rolldown({
    input: 'codecs',
    platform: 'node',
    external: /^node:/,
    plugins: [
      {
        name: 'codecs',
        resolveId: (id) => (id === 'codecs' ? join(root, 'src/codecs-of-peers.ts') : null),
        load: (id) =>
          id.endsWith('codecs-of-peers.ts')
            ? "export { compressorOf } from './sources/kafka/compress.js'\nexport { decompress } from './sources/kafka/decompress.js'"
            : null
      }
    ],
    resolve: { extensionAlias: { '.js': ['.ts'] } }
  })
  await bundled.write({ file: join(folder, 'codecs.mjs'), format: 'esm' })
}

describe('optional packages', () => {
  it.each([
    ['the oldest majors', { 'fast-check': '3.0.0', piscina: '4.4.0', snappy: '6' }],
    ['the last of the older majors', { 'fast-check': '3', piscina: '4', snappy: '6' }],
    ['the newest', { 'fast-check': '4', piscina: '5', snappy: '7' }]
  ])('install and work: %s', async (_which, packages) => {
    // snappy 6 is compiled when it is installed.
    const project = installed('peers', { ...packages, 'lz4-napi': '2' }, 'run')
    await bundleCodecs(project.folder)
    expect(project.run('node', 'program.mjs')).toEqual({ code: 0, output: 'fine\n' })
  })

  it.each([
    ['2', '5'],
    ['3', '6'],
    ['4', '7']
  ])('vitest %s plays diagrams, and from 3 on knows the type of the matcher', (vitest, vite) => {
    const project = installed('vitest', { vitest, vite, typescript: '5.9', '@types/node': '22' })
    expect(project.run('npx', 'vitest', 'run').output).toMatch(/Tests +1 passed/)
    // Of vitest 2 the matcher has no type.
    if (vitest === '2') return
    const options = [
      '--noEmit',
      '--strict',
      '--skipLibCheck',
      '--target',
      'es2022',
      '--module',
      'nodenext',
      '--types',
      'node'
    ]
    expect(project.run('npx', 'tsc', ...options, 'pipeline.test.ts')).toEqual({ code: 0, output: '' })
  })
})
