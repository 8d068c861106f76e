import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { messagesIn, mistakeFiles, mistakes, mistakesFolder } from '../support/mistakes.js'
import { root } from '../support/packed-project.js'
import { installed } from './installed.js'

const resolutions = {
  nodenext: ['--module', 'nodenext', '--moduleResolution', 'nodenext'],
  bundler: ['--module', 'esnext', '--moduleResolution', 'bundler'],
  node10: ['--module', 'commonjs', '--moduleResolution', 'node10']
}

describe.each(['5.4', '5.5', '5.6', '5.7', '5.8', '5.9'])('TypeScript %s', (typescript) => {
  it.each(Object.entries(resolutions))('takes the types, and the test in the README (%s)', (name, resolution) => {
    // The types of fast-check 4 import what only the newer resolutions find.
    const fastCheck = name === 'node10' ? '3' : '4'
    const project = installed('typescript', { typescript, '@types/node': '20', 'fast-check': fastCheck })
    const options = [
      '--noEmit',
      '--strict',
      '--esModuleInterop',
      '--target',
      'es2022',
      '--lib',
      'es2023,esnext.disposable',
      '--types',
      'node'
    ]
    expect(project.run('npx', 'tsc', ...options, ...resolution, 'pipelines.ts')).toEqual({ code: 0, output: '' })
  })
  it('takes the pipelines that are right, and refuses those that are not', () => {
    const project = installed('typescript', { typescript, '@types/node': '20', 'fast-check': '4' })
    const files = ['pipelines', 'topics'].map((name) => `${name}-of-fixtures.ts`)
    for (const file of files)
      cpSync(join(root, 'test/types/fixtures', file.replace('-of-fixtures', '')), join(project.folder, file))
    const options = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess', '--pretty', 'false', '--target', 'es2022', '--lib', 'es2023,esnext.disposable', '--types', 'node'] // prettier-ignore
    expect(project.run('npx', 'tsc', ...options, ...resolutions.nodenext, ...files)).toEqual({ code: 0, output: '' })
  })
  it('says of each mistake what to do', () => {
    const project = installed('typescript', { typescript, '@types/node': '20', 'fast-check': '4' })
    for (const file of mistakeFiles) cpSync(join(mistakesFolder, file), join(project.folder, file))
    const options = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess', '--pretty', 'false', '--target', 'es2022', '--lib', 'es2023,esnext.disposable', '--types', 'node'] // prettier-ignore
    const said = messagesIn(project.run('npx', 'tsc', ...options, ...resolutions.bundler, ...mistakeFiles).output)
    const silent = mistakes.filter(({ place, advice }) => said.get(place)?.includes(advice) !== true)
    expect(silent).toEqual([])
  })
})
