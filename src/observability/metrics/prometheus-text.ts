import { listOf, problemsWith, refuseWrong } from '../../model/check-arguments.js'
import type { Labels, MetricFamily } from './samples.js'

/** The Content-Type of `prometheusText`; see there. */
export const prometheusContentType = 'text/plain; version=0.0.4; charset=utf-8'

/**
 * Prometheus's text format, version 0.0.4.
 *
 * @throws ConsumerError with a `ConfigFault`
 *
 * @example
 * const measured = metrics({ consumers: [orders] })
 * response.setHeader('Content-Type', prometheusContentType).end(prometheusText(measured.families()))
 */
export const prometheusText = (families: readonly MetricFamily[]): string => {
  refuseWrong(problemsWith('prometheusText: families', families, familyList))
  return families
    .map(({ name, type, help, samples }) => {
      const lines = samples.map(({ suffix, labels, value }) => `${name}${suffix}${shown(labels)} ${number(value)}\n`)
      return `# HELP ${name} ${help.replace(/\\/g, '\\\\').replace(/\n/g, '\\n')}\n# TYPE ${name} ${type}\n${lines.join('')}`
    })
    .join('')
}

const familyList = listOf(
  {
    allowed: 'a metric family',
    holds: (given) => typeof given === 'object' && given !== null && 'samples' in given && Array.isArray(given.samples)
  },
  'a list of metric families, as metrics(…).families() returns'
)

const shown = (labels: Labels): string => {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

const escaped = (value: string): string => value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n')

const number = (value: number): string => (value === Infinity ? '+Inf' : value === -Infinity ? '-Inf' : String(value))
