import type { TlsSettings } from '../../../config/connection-settings.js'
import { EarliestTimer } from '../../../internal/earliest-timer.js'
import type { Clock } from '../../../model/clock.js'
import type { Fault } from '../../../model/fault.js'
import { reasonOf } from '../../../model/printable.js'
import type { InVersion } from '../protocol/api.js'
import { ResponseError } from '../protocol/response-reader.js'
import { addressName } from './address-name.js'
import { answerSlices } from './answer-slices.js'
import type { Connection, ConnectionEnd, RequestTimeouts } from './connection.js'
import { encodeRequest } from './encode-request.js'
import { FrameReader } from './frame-reader.js'
import { ThrottleQueue } from './throttle-queue.js'
import { InFlight, type Sent } from './in-flight.js'
import { lateReason } from './late-reason.js'
import { openSocket, type Target, type TlsSessions, type ToTransport, type Transport } from './socket.js'
import { type Phase, socketFault, WireError } from './wire-error.js'

export interface SocketOptions {
  readonly clock: Clock
  readonly clientId: string
  readonly target: Target
  readonly tls: TlsSettings | null
  readonly sessions: TlsSessions
  /** for TCP, and the same again for TLS */
  readonly setupTimeoutMs: number
  readonly maxFrameBytes: number
  readonly maxIdleMs: number
  /** The broker throttles for `askedMs`; requests wait for `forMs`. */
  readonly throttled: (broker: string, askedMs: number, forMs: number) => void
  /** an open socket to use instead of connecting to the target */
  readonly transport?: ToTransport
}

/** A request with its callbacks. */
interface PendingRequest extends Sent {
  readonly api: string
  readonly timeoutMs: number
  readonly frame: readonly Uint8Array[]
  readonly expectsAnswer: boolean
  /**
   * Reads the answer, over several turns if it is large, and returns the throttle time; throws a `ResponseError` if it is
   * invalid.
   */
  readonly resolve: (payload: Buffer) => Iterator<undefined, number>
  readonly reject: (error: WireError) => void
}

/** A connection over one socket. Requests wait in it until `release`; those sent by `askAhead` go first. */
export class SocketConnection implements Connection {
  readonly broker: string
  heardAt: number
  private readonly options: SocketOptions
  private readonly onEnd: (end: ConnectionEnd) => void
  private readonly transport: Transport
  private readonly held: ThrottleQueue<PendingRequest>
  private readonly inFlight = new InFlight<PendingRequest>()
  /** written without expecting an answer, and not yet taken by the system */
  private readonly untaken = new InFlight<PendingRequest>()
  private correlation = 0
  private phase: Phase = 'connect'
  private readonly timer: EarliestTimer
  private end: ConnectionEnd | null = null

  constructor(options: SocketOptions, onOpen: () => void, onEnd: (end: ConnectionEnd) => void) {
    const { clock, target, tls, sessions, maxFrameBytes } = options
    this.options = options
    this.onEnd = onEnd
    this.broker = addressName(target)
    this.heardAt = clock.now()
    this.timer = new EarliestTimer(clock)
    this.held = new ThrottleQueue(clock, (pending) => {
      this.write(pending)
    })
    this.held.hold()
    const reader = new FrameReader(
      maxFrameBytes,
      (frame) => {
        this.answered(frame)
      },
      (reason) => {
        this.break({ _tag: 'FrameFault', broker: this.broker, reason })
      }
    )
    const toTransport = options.transport ?? ((events) => openSocket(target, tls, sessions, clock, events))
    this.transport = toTransport({
      connected: () => {
        if (tls !== null) this.enter('TLS handshake')
      },
      opened: () => {
        this.enter('open')
        onOpen()
      },
      reader,
      closed: (error) => {
        this.break(socketFault(error, this.phase, this.broker))
      }
    })
    this.armAt(clock.now() + options.setupTimeoutMs)
  }

  get awaited(): number {
    return this.inFlight.size
  }

  get ended(): boolean {
    return this.end !== null
  }

  ask<Request, Response>(
    api: InVersion<Request, Response>,
    request: Request,
    times: RequestTimeouts
  ): Promise<Response> {
    return this.submit(api, request, times, (ready) => {
      this.held.offer(ready, times.throttledMs)
    })
  }

  /** Sends before all waiting requests: for the steps of opening and authenticating. */
  askAhead<Request, Response>(
    api: InVersion<Request, Response>,
    request: Request,
    timeoutMs: number
  ): Promise<Response> {
    return this.submit(api, request, { timeoutMs }, (ready) => {
      this.write(ready)
    })
  }

  release(): void {
    this.held.release()
  }

  /** Holds unwritten requests, and resolves when no answer is pending. */
  quiet(): Promise<void> {
    this.held.hold()
    return new Promise((resolve) => {
      this.inFlight.whenIdle(resolve)
    })
  }

  hurry(limitMs: number): void {
    const now = this.options.clock.now()
    this.inFlight.hurry(now, limitMs)
    this.untaken.hurry(now, limitMs)
    this.armAt(Math.min(this.inFlight.nextDeadline, this.untaken.nextDeadline))
  }

  close(): void {
    const fault: Fault = { _tag: 'ClosedFault', what: `the connection to ${this.broker}` }
    this.finish({ _tag: 'closed', fault }, this.phase === 'open' ? 'end' : 'destroy')
  }

  destroy(fault: Fault): void {
    this.finish({ _tag: 'closed', fault })
  }

  private submit<Request, Response>(
    { api, version }: InVersion<Request, Response>,
    request: Request,
    { timeoutMs, heldMs = 0 }: RequestTimeouts,
    go: (pending: PendingRequest) => void
  ): Promise<Response> {
    return new Promise((resolve, reject) => {
      if (this.end !== null) throw new WireError(this.end.fault, false)
      const correlationId = this.correlation
      const frame = encodeRequest({ api, version }, request, correlationId, this.options.clientId)
      this.correlation = (correlationId + 1) & 0x7fffffff
      const expectsAnswer = api.expectsAnswer?.(request) ?? true
      const slicesOf = (payload: Buffer): Iterator<undefined, number> =>
        expectsAnswer
          ? answerSlices({ api, version }, request, payload, resolve)
          : { next: () => (resolve(undefined as Response), { done: true, value: 0 }) }
      const times = { timeoutMs, heldMs, sentAt: 0, deadline: Infinity }
      go({ api: api.name, correlationId, frame, expectsAnswer, ...times, resolve: slicesOf, reject })
    })
  }

  private write(pending: PendingRequest): void {
    const now = this.options.clock.now()
    const sent: PendingRequest = { ...pending, sentAt: now, deadline: now + pending.timeoutMs }
    if (sent.expectsAnswer) {
      this.inFlight.add(sent)
      this.transport.write(sent.frame)
    } else {
      this.untaken.add(sent)
      this.transport.write(sent.frame, () => {
        if (this.end === null) this.untaken.answered(sent.correlationId)?.resolve(Buffer.alloc(0)).next()
      })
    }
    this.armAt(sent.deadline)
  }

  private answered(frame: Buffer): void {
    if (this.end !== null) return
    const correlationId = frame.readInt32BE(4)
    const pending = this.inFlight.answered(correlationId)
    if (pending === null) {
      const reason = `it answered a request that was not made (correlation id ${String(correlationId)})`
      this.break({ _tag: 'FrameFault', broker: this.broker, reason })
      return
    }
    this.heardAt = this.options.clock.now()
    this.readOn(pending, pending.resolve(frame.subarray(8)))
  }

  private readOn(pending: PendingRequest, slices: Iterator<undefined, number>): void {
    if (this.end !== null) {
      pending.reject(new WireError(this.end.fault))
      return
    }
    try {
      const slice = slices.next()
      if (slice.done !== true) {
        this.options.clock.schedule(0, () => {
          this.readOn(pending, slices)
        })
        return
      }
      const throttleMs = slice.value
      if (throttleMs > 0) this.options.throttled(this.broker, throttleMs, this.held.throttle(throttleMs))
      this.inFlight.processed()
    } catch (error) {
      const reason = `its answer to ${pending.api} is ${error instanceof ResponseError ? error.message : reasonOf(error)}`
      const fault: Fault = { _tag: 'FrameFault', broker: this.broker, reason }
      pending.reject(new WireError(fault))
      this.break(fault)
    }
  }

  private enter(phase: Phase): void {
    this.phase = phase
    this.heardAt = this.options.clock.now()
  }

  private armAt(at: number): void {
    if (this.end !== null) return
    this.timer.by(at, () => {
      this.look()
    })
  }

  /** Checks deadlines, and when to check again. */
  private look(isSecond = false): void {
    const { clock, setupTimeoutMs: timeoutMs, maxIdleMs } = this.options
    const { inFlight, untaken, phase } = this
    if (this.end !== null) return
    const now = clock.now()
    const setup = phase === 'open' ? null : { phase, endsAt: this.heardAt + timeoutMs, timeoutMs }
    const late = lateReason({ inFlight, untaken, setup }, now)
    if (late !== null) {
      // After the event loop was blocked, timers run before received data is read: reads that first.
      if (isSecond) this.late(late)
      else clock.turn(() => this.look(true))
      return
    }
    const isIdle = inFlight.size + untaken.size + this.held.size === 0
    const idleEndsAt = (isIdle ? this.heardAt : now) + maxIdleMs
    if (idleEndsAt <= now) {
      this.close()
      return
    }
    this.armAt(Math.min(inFlight.nextDeadline, untaken.nextDeadline, setup?.endsAt ?? Infinity, idleEndsAt))
  }

  private late(reason: string): void {
    const fault: Fault = { _tag: 'ConnectionFault', broker: this.broker, reason }
    this.finish({ _tag: 'overdue', fault })
  }

  private break(fault: Fault): void {
    this.finish({ _tag: 'broken', fault, awaited: this.inFlight.size > 0 })
  }

  private finish(end: ConnectionEnd, leave: 'destroy' | 'end' = 'destroy'): void {
    if (this.end !== null) return
    this.end = end
    this.timer.stop()
    this.transport[leave]()
    for (const pending of [...this.inFlight.drain(), ...this.untaken.drain()]) pending.reject(new WireError(end.fault))
    for (const pending of this.held.close()) pending.reject(new WireError(end.fault, false))
    this.onEnd(end)
  }
}
