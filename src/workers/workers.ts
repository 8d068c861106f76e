import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import type { Carried } from '../model/carried.js'
import { optional, problemsWith, problemsWithOptions, refuseWrong } from '../model/check-arguments.js'
import type { ConsumerRecord } from '../model/consumer-record.js'
import type { HandlerContext } from '../operators/handling/handler.js'
import { requirePiscina } from './piscina.js'
import { WorkerPool } from './worker-pool.js'
import type { WorkerRecord } from './worker-record.js'

/** The default export of a worker's file: from its input to a result, or the promise of one. */
export type WorkerFunction = (input: never) => unknown

/** The file that `workers` runs, and on how many threads. */
export interface WorkersOptions {
  /** The file, most often `new URL('./name.worker.js', import.meta.url)`; its default export is called for each record. */
  readonly file: URL | string
  /** How many threads run it; each has one task at a time. @default one less than there are processors, at least one */
  readonly threads?: number
}

/** A handler whose work is done on other threads. */
export interface WorkerHandler<F extends WorkerFunction> extends AsyncDisposable {
  (carried: CarriedFor<Parameters<F>[0]>, context: Pick<HandlerContext, 'signal'>): Promise<Awaited<ReturnType<F>>>
  /** Ends the threads; what still runs or waits fails. First drain the consumer. */
  close(): Promise<void>
}

/** The values in the pipeline that a worker with this input accepts. */
type CarriedFor<Input> = [Input] extends [WorkerRecord<infer K, infer V>]
  ? ConsumerRecord<K, V>
  : [Input] extends [readonly WorkerRecord<infer K, infer V>[]]
    ? Carried<readonly ConsumerRecord<K, V>[]>
    : Carried<Input>

/**
 * A handler for `handle` and `writeTo` that runs on a pool of worker threads, for work that would block the event loop and with
 * it the whole process. Needs the package `piscina`.
 *
 * - The function gets a `WorkerRecord`, or for values of `batch` a list of them. Bytes are copied out of the response once and
 *   transferred, so it pays to decode in the worker. Other values, and results, are structured clones: data without methods.
 * - Order and concurrency are those of `handle`: give it a `concurrency`, for one partition as many as there are threads.
 *   Further records wait in order.
 * - When the handler's signal aborts, also by `timeoutMs`, its thread is ended, even in the middle of a loop, and replaced.
 * - An exception of the function is the cause of the failure, with its message and stack; so is the end of its thread.
 * - One pool serves all partitions: create it outside of `eachPartition`. The first record starts the threads; they do not keep
 *   the process alive.
 *
 * @throws ConsumerError with a `ConfigFault`, also if the file does not exist
 *
 * @example
 * import type render from './render.worker.js' // export default ({ value }: WorkerRecord): Uint8Array => …
 *
 * await using rendered = workers<typeof render>({ file: new URL('./render.worker.js', import.meta.url), threads: 4 })
 * partition.pipe(handle(rendered, { concurrency: 4, order: 'key', timeoutMs: 60_000 }), commit())
 */
export function workers<F extends WorkerFunction>(options: WorkersOptions): WorkerHandler<F> {
  refuseWrong(problemsWithOptions('workers', options, { file: aFile, threads: optional(aNumberOfThreads) }))
  refuseWrong(problemsWith('workers: file', options.file, anExistingFile))
  const { file, threads = Math.max(1, availableParallelism() - 1) } = options
  const pool = new WorkerPool(requirePiscina(), file, threads)
  const close = (): Promise<void> => pool.close()
  return Object.assign(
    // The result has the type of F, which the compiler cannot follow through a thread.
    (carried: Carried<unknown>, { signal }: Pick<HandlerContext, 'signal'>) =>
      pool.run(carried, signal) as Promise<Awaited<ReturnType<F>>>,
    { close, [Symbol.asyncDispose]: close }
  )
}

const aFile = {
  allowed: 'the file of a worker: its URL or path',
  holds: (given: unknown): boolean => given instanceof URL || (typeof given === 'string' && given !== '')
}
/** At the call: otherwise each record would fail, and with `onFailure` go to the dead letters. */
const anExistingFile = {
  allowed:
    "a file that exists: new URL('./name.js', import.meta.url) begins at the module, a path at the working directory; a bundler has to copy the file",
  holds: (given: unknown): boolean => {
    // One letter before a colon is a drive of Windows.
    const isUrl = given instanceof URL || /^[a-z]{2,}:/.test(String(given))
    if (!isUrl) return existsSync(String(given))
    return URL.canParse(String(given)) && (!String(given).startsWith('file:') || existsSync(new URL(String(given))))
  }
}
const aNumberOfThreads = {
  allowed: 'a whole number above 0',
  holds: (given: unknown): boolean => Number.isInteger(given) && Number(given) > 0
}
