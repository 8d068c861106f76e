import { optional, problemsWithOptions, refuseWrong, withMethods } from '../../model/check-arguments.js'
import { prometheusContentType } from '../metrics/prometheus-text.js'
import type { Metrics } from '../metrics/metrics.js'
import { health, type HealthSource, sources } from './health.js'

/** The sources that `healthHandler` answers for. */
export interface HealthHandlerOptions {
  /** consumers and share consumers */
  readonly consumers: readonly HealthSource[]
  /** for `/metrics` and `/scaling`; without them these paths are not found */
  readonly metrics?: Metrics
}

/** The parts of `IncomingMessage` and `ServerResponse` of node:http that are needed. */
interface Request {
  readonly url?: string | undefined
  readonly method?: string | undefined
}
interface Response {
  writeHead(code: number, headers: Readonly<Record<string, string>>): unknown
  end(body?: string): unknown
}

/**
 * A listener for `node:http`: `/livez` and `/readyz` (200 or 503, and the reasons), `/status` (of each consumer),
 * `/metrics` in Prometheus's text format, `/scaling` for KEDA. Other paths are answered with 404; returns true for one
 * of these.
 *
 * @throws ConsumerError with a `ConfigFault`
 *
 * @example
 * createServer(healthHandler({ consumers: [orders], metrics: measured })).listen(8080)
 */
export const healthHandler = (options: HealthHandlerOptions): ((request: Request, response: Response) => boolean) => {
  refuseWrong(
    problemsWithOptions('healthHandler', options, {
      consumers: sources,
      metrics: optional(withMethods('metrics(…)', 'text', 'scaling'))
    })
  )
  const { consumers, metrics } = options
  return ({ url = '/', method = 'GET' }, response) => {
    const answer = (code: number, type: string, body: string): true => {
      response.writeHead(code, { 'Content-Type': type, 'Cache-Control': 'no-store' })
      response.end(method === 'HEAD' ? '' : body)
      return true
    }
    const json = (code: number, value: unknown): true => answer(code, 'application/json', `${JSON.stringify(value)}\n`)
    switch (url.split('?')[0]) {
      case '/livez': {
        const state = health(consumers)
        return json(state.live ? 200 : 503, state)
      }
      case '/readyz': {
        const state = health(consumers)
        return json(state.ready ? 200 : 503, state)
      }
      case '/status':
        return json(
          200,
          consumers.map((consumer) => consumer.status())
        )
      case '/metrics':
        if (metrics !== undefined) return answer(200, prometheusContentType, metrics.text())
        break
      case '/scaling':
        if (metrics !== undefined) return json(200, metrics.scaling())
        break
      default:
    }
    answer(404, 'text/plain', 'not found\n')
    return false
  }
}
