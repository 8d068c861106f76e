import { Fifo } from '../core/scheduling/fifo.js'
import { working } from '../internal/trace-channels.js'
import type { Carried } from '../model/carried.js'
import { ConsumerError } from '../model/consumer-error.js'
import { type Parcel, parcelOf } from './parcel.js'
import type { Piscina, PiscinaClass, PiscinaOptions } from './piscina.js'
import { runTraced } from './run-traced.js'

/** The threads that were started together; `failure`: why all of them have ended, if they have. */
interface Crew {
  readonly threads: Piscina
  failure: unknown
}

/**
 * Threads that run one file, each with one task at a time. Further tasks wait here in order: their bytes are not copied yet, so
 * a waiting task can be abandoned at no cost.
 */
export class WorkerPool {
  private readonly Threads: PiscinaClass
  private readonly options: PiscinaOptions
  private readonly waiting = new Fifo<() => void>()
  private free: number
  private crew: Crew | null = null
  private closed = false

  constructor(Threads: PiscinaClass, file: URL | string, size: number) {
    this.Threads = Threads
    this.options = {
      filename: String(file),
      minThreads: size,
      maxThreads: size,
      recordTiming: false,
      // Otherwise an idle thread would sleep without its event loop, and connections of the file would stand still.
      atomics: 'disabled',
      useAtomics: false
    }
    this.free = size
  }

  async run(carried: Carried<unknown>, signal: AbortSignal): Promise<unknown> {
    if (this.free > 0) this.free--
    else
      await new Promise<void>((go) => {
        this.waiting.push(go)
      })
    try {
      return await this.runOnThread(carried, signal)
    } finally {
      const next = this.waiting.shift()
      if (next === undefined) this.free++
      else next()
    }
  }

  async close(): Promise<void> {
    this.closed = true
    await this.crew?.threads.destroy()
  }

  private async runOnThread(carried: Carried<unknown>, signal: AbortSignal): Promise<unknown> {
    signal.throwIfAborted()
    this.refuseIfClosed()
    const crew = (this.crew ??= this.start())
    const run = ({ content, moved }: Parcel): Promise<unknown> =>
      crew.threads.run(content, { transferList: moved, signal })
    try {
      return await (working.hasSubscribers ? runTraced(carried, run) : run(parcelOf(carried)))
    } catch (error) {
      signal.throwIfAborted()
      this.refuseIfClosed()
      throw crew.failure ?? readable(error)
    }
  }

  private refuseIfClosed(): void {
    if (this.closed) throw new ConsumerError({ _tag: 'ClosedFault', what: 'the pool of worker threads' })
  }

  private start(): Crew {
    const threads = new this.Threads(this.options)
    const crew: Crew = { threads, failure: null }
    let lastError: unknown = new Error('the worker threads have ended')
    // A thread that ends is replaced, but not one that never started. If none is left, tasks fail instead of waiting for ever.
    const ended = (): void => {
      queueMicrotask(() => {
        if (threads.threads.length > 0 || this.crew !== crew) return
        this.crew = null
        crew.failure = lastError
        void threads.destroy()
      })
    }
    threads.on('error', (error: unknown) => {
      lastError = error
      ended()
    })
    threads.on('workerDestroy', ended)
    return crew
  }
}

/** A worker's error arrives as a clone. If it could not be cloned, its message is lost, or all of it but the stack. */
const readable = (error: unknown): unknown => {
  if (typeof error !== 'object' || error === null) return error
  const says = error instanceof Error ? error.message !== '' : Object.keys(error).length > 0
  const isOther = error instanceof Error && error.stack?.startsWith('DataCloneError') !== true
  return says || isOther
    ? error
    : new Error('the thread has ended: what the worker returned, or threw, cannot be cloned')
}
