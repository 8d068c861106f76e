import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { installed } from './installed.js'

const transforms = {
  'ts-jest': 'ts-jest',
  babel: 'babel-jest',
  swc: ['@swc/jest', { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' } }]
}

describe.each(['29', '30'])('Jest %s as it comes', (version) => {
  it.each(Object.entries(transforms))('runs tests of pipelines, transformed by %s', (_name, transform) => {
    const project = installed('jest', {
      jest: version,
      '@types/jest': version,
      'babel-jest': version,
      'ts-jest': '29',
      typescript: '5.9',
      '@types/node': '20',
      '@babel/preset-env': '7',
      '@babel/preset-typescript': '7',
      '@swc/core': '1',
      '@swc/jest': '0.2',
      'fast-check': '3',
      'lz4-napi': '2',
      piscina: '4',
      sinon: '21',
      '@types/sinon': '21'
    })
    const config = { testEnvironment: 'node', transform: { '\\.ts$': transform } }
    writeFileSync(join(project.folder, 'jest.json'), JSON.stringify(config))
    const { code, output } = project.run('npx', 'jest', '-c', 'jest.json')
    expect(output).toContain('28 passed, 28 total')
    expect(code).toBe(0)
  })
})
