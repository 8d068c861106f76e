import { describe, expect, it } from 'vitest'
import { installed } from './installed.js'

const compiler = { typescript: '5.9', '@types/node': '22' }

describe.each([
  [
    'the oldest majors',
    {
      '@opentelemetry/api': '1.9.0',
      '@opentelemetry/sdk-trace-base': '1.30',
      '@opentelemetry/context-async-hooks': '1.30',
      '@opentelemetry/core': '1.30'
    }
  ],
  [
    'the newest',
    {
      '@opentelemetry/api': '1',
      '@opentelemetry/sdk-trace-base': '2',
      '@opentelemetry/context-async-hooks': '2',
      '@opentelemetry/core': '2'
    }
  ]
])('the OpenTelemetry SDK: %s', (_which, packages) => {
  it('gets the spans of a record from its producer through its handler to the record made of it', () => {
    const project = installed('traces', { ...compiler, ...packages })
    expect(project.run('node', 'program.mjs')).toEqual({ code: 0, output: 'fine\n' })
  })

  it('fits the types of traceWith and tracedWorker', () => {
    const project = installed('traces', { ...compiler, ...packages })
    const options = [
      '--noEmit',
      '--strict',
      '--exactOptionalPropertyTypes',
      '--target',
      'es2022',
      '--module',
      'nodenext'
    ]
    expect(project.run('npx', 'tsc', ...options, '--skipLibCheck', '--types', 'node', 'types.ts')).toEqual({
      code: 0,
      output: ''
    })
  })
})
