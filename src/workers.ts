export type { WorkerRecord } from './workers/worker-record.js'
export { workers } from './workers/workers.js'
export type { WorkerFunction, WorkerHandler, WorkersOptions } from './workers/workers.js'
