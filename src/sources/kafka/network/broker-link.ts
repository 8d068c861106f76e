import { isLeft } from 'fp-ts/lib/Either.js'
import { Fifo } from '../../../core/scheduling/fifo.js'
import type { Clock } from '../../../model/clock.js'
import type { Fault } from '../../../model/fault.js'
import type { Api } from '../protocol/api.js'
import { apiVersions } from '../protocol/api-versions.js'
import { latestUsableVersion } from '../protocol/latest-usable-version.js'
import type { Connection, ConnectionEnd, RequestTimeouts } from './connection.js'
import type { OnEnd, OpenConnection, Opening } from './open-connection.js'
import { faultOfThrown, WireError, wireErrorOf } from './wire-error.js'

/** The part of a broker that a link uses. */
export interface LinkHost {
  readonly name: string
  dial(onEnd: OnEnd): Opening
  doubts(heardAt: number): boolean
  trouble(): void
}

/** The times of a request that a broker may hold for long, such as JoinGroup. */
export interface LongTimes {
  readonly timeoutMs: number
  /** Without an answer for this time, the request is sent again over a new connection, repeatedly. */
  readonly renewMs: number
  /** How long a broker's throttle time may delay it before it is written. */
  readonly throttledMs?: number
}

/** How long an idle connection has to answer a probe. */
const probeTimeoutMs = 3_000
/** A connection that has received data within this time is not probed before a long request. */
const freshMs = 1_000

interface Waiting {
  readonly go: (open: OpenConnection) => void
  readonly reject: (error: WireError) => void
}

/**
 * The way to one broker for one purpose: a connection that is opened when it is used, and replaced when it has ended. A request
 * has its `timeoutMs` twice: for the opening of the connection, and for the answer.
 */
export class BrokerLink {
  private readonly host: LinkHost
  private readonly clock: Clock
  private readonly waiting = new Fifo<Waiting>()
  private open: OpenConnection | null = null
  private opening: Opening | null = null
  private preparing = false
  private closed = false
  /** Sends the long request in flight again. */
  private renew: (() => void) | null = null

  constructor(host: LinkHost, clock: Clock) {
    this.host = host
    this.clock = clock
  }

  /** When its connection last received data. */
  get heardAt(): number {
    return this.open?.connection.heardAt ?? -Infinity
  }

  /** Sends a request; requests are written in the order of the calls. */
  send<Request, Response>(api: Api<Request, Response>, request: Request, times: RequestTimeouts): Promise<Response> {
    return this.submit(api, request, times, false)
  }

  /**
   * Sends a request that the broker may hold for long. An idle connection is probed first. If the answer takes longer than
   * `renewMs`, or another connection to the broker is in trouble, the request is sent again over a new connection: Kafka
   * answers the newer request of a member, and the older one is abandoned when the newer is written.
   */
  sendLong<Request, Response>(api: Api<Request, Response>, request: Request, times: LongTimes): Promise<Response> {
    const until = this.clock.now() + times.timeoutMs
    return new Promise((resolve, reject) => {
      let attempts = 0
      let cancel = (): void => undefined
      const finish = (): void => {
        cancel()
        if (this.renew === renew) this.renew = null
      }
      const attempt = (): void => {
        const mine = ++attempts
        const timeoutMs = Math.max(1, until - this.clock.now())
        const { throttledMs = Infinity } = times
        this.submit(api, request, { timeoutMs, heldMs: Infinity, throttledMs }, true).then(
          (answer) => {
            finish()
            resolve(answer)
          },
          (error: unknown) => {
            if (mine !== attempts) return
            finish()
            reject(wireErrorOf(error, this.host.name))
          }
        )
      }
      const again = (): void => {
        cancel()
        cancel = this.clock.schedule(times.renewMs, renew)
      }
      const renew = (): void => {
        again()
        void this.replace(attempt)
      }
      this.renew = renew
      again()
      attempt()
    })
  }

  /** Another connection to the broker is in trouble, so answers to this link may not come either. */
  doubt(): void {
    this.open?.connection.hurry(probeTimeoutMs)
    this.renew?.()
  }

  close(): void {
    this.closed = true
    this.refuse(new WireError(this.closedFault, false))
    this.opening?.abandon()
    this.open?.connection.close()
  }

  private submit<Request, Response>(
    api: Api<Request, Response>,
    request: Request,
    times: RequestTimeouts,
    isLong: boolean
  ): Promise<Response> {
    const ask = ({ connection, supported }: OpenConnection): Promise<Response> => {
      const common = latestUsableVersion(api, supported)
      if (isLeft(common)) return Promise.reject(new WireError({ ...common.left, broker: this.host.name }, false))
      return connection.ask(common.right, request, times).catch((thrown: unknown) => {
        const error = wireErrorOf(thrown, this.host.name)
        // The connection was closed regularly, by age or at the end of its session, before the request was written.
        const unwritten = !error.sent && error.fault._tag === 'ClosedFault'
        if (unwritten && !this.closed) return this.submit(api, request, times, isLong)
        throw error
      })
    }
    if (this.closed) return Promise.reject(new WireError(this.closedFault, false))
    if (this.waiting.length === 0 && this.open !== null && !this.isDoubtful(this.open.connection, isLong))
      return ask(this.open)
    return new Promise((resolve, reject) => {
      const cancel = this.clock.schedule(times.timeoutMs, () => {
        waiting.go = () => undefined
        const reason = `no connection within ${String(times.timeoutMs)} ms`
        reject(new WireError({ _tag: 'ConnectionFault', broker: this.host.name, reason }, false))
      })
      const waiting = {
        go: (open: OpenConnection): void => {
          cancel()
          resolve(ask(open))
        },
        reject: (error: WireError): void => {
          cancel()
          reject(error)
        }
      }
      this.waiting.push(waiting)
      if (!this.preparing) void this.prepare(isLong)
    })
  }

  /** A connection with requests in flight is not probed: these have their own deadlines. */
  private isDoubtful({ heardAt, awaited }: Connection, isLong: boolean): boolean {
    if (awaited > 0) return false
    return this.host.doubts(heardAt) || (isLong && this.clock.now() - heardAt > freshMs)
  }

  /** Ensures that there is a connection, and sends the waiting requests. */
  private async prepare(isLong: boolean): Promise<void> {
    this.preparing = true
    try {
      if (this.open !== null && this.isDoubtful(this.open.connection, isLong)) await this.probe(this.open)
      this.open ??= await this.dial()
      this.letGo(this.open)
    } catch (error) {
      this.refuse(new WireError(this.closed ? this.closedFault : faultOfThrown(error, this.host.name), false))
    } finally {
      this.preparing = false
    }
    // Requests that came while the former ones were refused.
    if (this.waiting.length > 0 && !this.closed) void this.prepare(isLong)
  }

  /** Probes the connection. If it does not answer, it has ended when the promise resolves. */
  private async probe({ connection, supported }: OpenConnection): Promise<void> {
    const common = latestUsableVersion(apiVersions, supported)
    const probe = isLeft(common) ? { api: apiVersions, version: apiVersions.versions.from } : common.right
    await connection.ask(probe, undefined, { timeoutMs: probeTimeoutMs }).catch(() => undefined)
  }

  private async dial(): Promise<OpenConnection> {
    const opening = this.host.dial((connection, end) => {
      this.ended(connection, end)
    })
    this.opening = opening
    try {
      const open = await opening.open
      if (this.closed) open.connection.close()
      if (open.connection.ended) throw new WireError(this.closedFault, false)
      return open
    } finally {
      if (this.opening === opening) this.opening = null
    }
  }

  /** Replaces a connection with a request in flight. The old one is abandoned only when the new one is open. */
  private async replace(askAgain: () => void): Promise<void> {
    const former = this.open?.connection
    if (this.preparing || this.closed || former === undefined || former.awaited === 0) return
    this.preparing = true
    try {
      const open = await this.dial()
      // The request has been answered meanwhile, or has failed with its connection.
      const isSettled = former.awaited === 0
      if (isSettled && !former.ended) open.connection.close()
      else this.open = open
      if (!isSettled) askAgain()
      const reason = 'a held request was sent again over another connection'
      if (!isSettled) former.destroy({ _tag: 'ConnectionFault', broker: this.host.name, reason })
      if (this.open !== null) this.letGo(this.open)
    } catch {
      // The broker accepts no new connection now: the request stays in flight on the old one.
    } finally {
      this.preparing = false
    }
    if (this.waiting.length > 0) void this.prepare(false)
  }

  private letGo(open: OpenConnection): void {
    for (let next = this.waiting.shift(); next !== undefined; next = this.waiting.shift()) next.go(open)
  }

  private refuse(error: WireError): void {
    for (let next = this.waiting.shift(); next !== undefined; next = this.waiting.shift()) next.reject(error)
  }

  private ended(connection: Connection, end: ConnectionEnd): void {
    if (this.open?.connection !== connection) return
    this.open = null
    if (end._tag === 'overdue' || (end._tag === 'broken' && end.awaited)) this.host.trouble()
  }

  private get closedFault(): Fault {
    return { _tag: 'ClosedFault', what: `the connection to ${this.host.name}` }
  }
}
