import { aFunction, problemsWith, refuseWrong } from '../model/check-arguments.js'
import type { WorkerRecord } from '../workers/worker-record.js'
import type { OpenTelemetryApi } from './api.js'
import { carrierOf, getter } from './conventions.js'
import { anApi } from './an-api.js'

/**
 * A worker's function that runs in the context of the handler that sent its record to the thread. Spans in it need a
 * tracer provider and a context manager of this thread.
 *
 * @throws ConsumerError with a `ConfigFault`
 *
 * @example
 * export default tracedWorker(api, ({ value }: WorkerRecord) => render(value))
 */
export const tracedWorker = <I, R>(api: OpenTelemetryApi, work: (input: I) => R): ((input: I) => R) => {
  refuseWrong(problemsWith('tracedWorker: api', api, anApi), problemsWith('tracedWorker: work', work, aFunction))
  return (input) => {
    const headers = headersOf(Array.isArray(input) ? input[0] : input)
    const { ROOT_CONTEXT, propagation } = api
    const context = propagation.extract(ROOT_CONTEXT, carrierOf(headers), getter)
    return api.context.with(context, () => work(input))
  }
}

/** All records of a batch have the same headers. */
const headersOf = (input: unknown): WorkerRecord['headers'] =>
  typeof input === 'object' && input !== null && 'headers' in input && Array.isArray(input.headers)
    ? (input as WorkerRecord).headers
    : []
