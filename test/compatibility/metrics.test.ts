import { expect, it } from 'vitest'
import { installed } from './installed.js'

const parser = { 'parse-prometheus-text-format': '1' }

it.each([
  ['the oldest majors', { 'prom-client': '14', '@opentelemetry/api': '1.9', '@opentelemetry/sdk-metrics': '1.30' }],
  ['the newest', { 'prom-client': '15', '@opentelemetry/api': '1', '@opentelemetry/sdk-metrics': '2' }]
])('a parser of Prometheus, prom-client and the OpenTelemetry SDK read the metrics: %s', (_which, packages) => {
  const project = installed('metrics', { ...parser, ...packages })
  expect(project.run('node', 'program.mjs')).toEqual({ code: 0, output: 'fine\n' })
})
