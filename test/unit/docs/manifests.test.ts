import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { healthHandler } from '../../../src/metrics.js'
import { root } from '../../support/packed-project.js'
import { yamlDocuments } from '../../support/yaml.js'

const read = (file: string): string => readFileSync(join(root, file), 'utf8')

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string }
}
interface Deployment {
  readonly kind: string
  readonly spec: {
    readonly selector: { readonly matchLabels: object }
    readonly strategy: { readonly rollingUpdate: object }
    readonly template: {
      readonly metadata: { readonly labels: object }
      readonly spec: {
        readonly terminationGracePeriodSeconds: number
        readonly containers: readonly {
          readonly command: readonly string[]
          readonly ports: readonly { readonly name: string; readonly containerPort: number }[]
          readonly livenessProbe: Probe
          readonly readinessProbe: Probe
        }[]
      }
    }
  }
}
interface Compose {
  readonly services: {
    readonly billing: {
      readonly stop_grace_period: string
      readonly stop_signal: string
      readonly healthcheck: { readonly test: readonly string[] }
    }
  }
}

/** What `docs/running.md` gives `run`, and what leaving the group may take beyond. */
const drainSeconds = Number(/drainTimeoutMs: ([\d_]+)/.exec(read('docs/running.md'))?.[1]?.replace('_', '')) / 1000
const graceSeconds = drainSeconds + 5
/** Where `docs/operating.md` has the server listen. */
const port = Number(/\.listen\((\d+)\)/.exec(read('docs/operating.md'))?.[1])

/** Whether the handler of the probes knows the path. */
const isAnswered = (path: string): boolean => {
  const response = { writeHead: () => undefined, end: () => undefined }
  return healthHandler({ consumers: [] })({ url: path }, response)
}

describe('ops/kubernetes.yaml', () => {
  const [deployment, budget] = yamlDocuments(read('ops/kubernetes.yaml')) as [Deployment, Deployment]
  const { template, strategy, selector } = deployment.spec
  const [container] = template.spec.containers

  it('selects the pods that it makes', () => {
    expect([deployment.kind, budget.kind]).toEqual(['Deployment', 'PodDisruptionBudget'])
    expect(selector.matchLabels).toEqual(template.metadata.labels)
    expect(budget.spec.selector).toEqual(selector)
  })

  it('leaves the time to drain and to leave the group that docs/running.md asks for', () => {
    expect(drainSeconds).toBe(25)
    expect(template.spec.terminationGracePeriodSeconds).toBe(graceSeconds)
  })

  it('probes the paths that the handler answers, at the port of the docs', () => {
    const probes = [container?.livenessProbe.httpGet, container?.readinessProbe.httpGet]
    expect(probes.map((probe) => probe?.path)).toEqual(['/livez', '/readyz'])
    expect(probes.every((probe) => isAnswered(probe?.path ?? ''))).toBe(true)
    expect(isAnswered('/healthz')).toBe(false)
    const named = container?.ports.find(({ name }) => name === probes[0]?.port)
    expect([named?.containerPort, probes[1]?.port]).toEqual([port, named?.name])
  })

  it('runs Node as process 1, and moves each partition once, as docs/running.md says', () => {
    expect(container?.command[0]).toBe('node')
    const { maxSurge, maxUnavailable } = strategy.rollingUpdate as { maxSurge: number; maxUnavailable: number }
    expect(read('docs/running.md')).toContain(
      `maxSurge: ${String(maxSurge)}, maxUnavailable: ${String(maxUnavailable)}`
    )
  })
})

describe('ops/compose.yaml', () => {
  const [{ services }] = yamlDocuments(read('ops/compose.yaml')) as [Compose]

  it('stops a member as run() expects it', () => {
    expect(services.billing).toMatchObject({ stop_signal: 'SIGTERM', stop_grace_period: `${String(graceSeconds)}s` })
  })

  it('probes the paths that the handler answers', () => {
    const [, asked, path = ''] = /127\.0\.0\.1:(\d+)(\/\w+)/.exec(services.billing.healthcheck.test.join(' ')) ?? []
    expect([Number(asked), isAnswered(path)]).toEqual([port, true])
  })
})

describe('ops/Dockerfile', () => {
  const lines = read('ops/Dockerfile').split('\n')

  it('runs Node as process 1, without rights and without install scripts', () => {
    expect(lines).toContain('CMD ["node", "dist/main.js"]')
    expect(lines).toContain('USER node')
    expect(lines).toContain(`EXPOSE ${String(port)}`)
    expect(lines.filter((line) => /npm (?:ci|prune|install)/.test(line)).every((line) => line.includes('--ignore-scripts'))).toBe(true) // prettier-ignore
  })
})

it('files that no engine has run say so', () => {
  for (const file of ['Dockerfile', 'compose.yaml', 'kubernetes.yaml'])
    expect(read(`ops/${file}`).split('\n')[0]).toMatch(/^# .*(?:[Nn]ot (?:built|run) by our tests|no cluster runs it)/)
})

it.each([
  ...readdirSync(join(root, 'ops')).filter((file) => /\.ya?ml$/.test(file)).map((file) => `ops/${file}`), // prettier-ignore
  ...readdirSync(join(root, '.github'), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.yml')).map((file) => `.github/${file}`) // prettier-ignore
])('%s is YAML', (file) => {
  for (const document of yamlDocuments(read(file))) expect(typeof document).toBe('object')
})

it('each form for an issue has what GitHub requires', () => {
  for (const name of ['bug', 'proposal']) {
    const [form] = yamlDocuments(read(`.github/ISSUE_TEMPLATE/${name}.yml`)) as [{ name: string; description: string; body: readonly { type: string; id?: string }[] }] // prettier-ignore
    expect([form.name, form.description].every((text) => text.length > 0)).toBe(true)
    const inputs = form.body.filter(({ type }) => type !== 'markdown').map(({ id }) => id)
    expect(new Set(inputs).size).toBe(inputs.length)
    expect(inputs).not.toContain(undefined)
  }
})
