import { Fifo } from '../core/scheduling/fifo.js'
import { working } from '../internal/trace-channels.js'
import type { Carried } from '../model/carried.js'
import { ConsumerError } from '../model/consumer-error.js'
import { type Parcel, parcelOf } from './parcel.js'
import type { Piscina, PiscinaClass, PiscinaOptions } from './piscina.js'
import { runTraced } from './run-traced.js'

/** The threads that were started together, and what they all ended of, should they have. */
interface Crew {
  readonly threads: Piscina
  failure: unknown
}

/**
 * Threads that run one file, each one task at a time. What there is no thread for waits here, in the order it came: its
 * bytes are not copied before, and it costs nothing to let go of.
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
      // Else an idle thread sleeps without its event loop: what a file keeps open, a connection say, would stand still.
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
    // A thread that ends is replaced, but not if it never came up: with none left, what was given to them would wait for ever.
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

/** What a thread dies of is cloned for us. Of the error that something cannot be cloned nothing is left then, or only its stack. */
const readable = (error: unknown): unknown => {
  if (typeof error !== 'object' || error === null) return error
  const says = error instanceof Error ? error.message !== '' : Object.keys(error).length > 0
  const isOther = error instanceof Error && error.stack?.startsWith('DataCloneError') !== true
  return says || isOther ? error : new Error('the thread has ended: what the worker gave, or threw, cannot be cloned')
}
