import type { Socket } from 'node:net'
import { isLeft } from 'fp-ts/lib/Either.js'
import { backoffDelay } from '../../../core/backoff-delay.js'
import type { Fault } from '../../../model/fault.js'
import type { Api } from '../protocol/api.js'
import { apiVersionsV2 } from '../protocol/api-versions-v2.js'
import { newestCommon, type SpokenVersions } from '../protocol/newest-common.js'
import { RequestWriter } from '../protocol/request-writer.js'
import { ResponseError, ResponseReader } from '../protocol/response-reader.js'
import { endSocket } from './end-socket.js'
import type { KafkaJsConnection } from './kafkajs-internals.js'
import { faultOf, WireError } from './wire-error.js'

/** The properties by which connections are made: `socket.connection.setup.timeout.ms` and `reconnect.backoff.*`. */
export interface ConnectTimes {
  readonly connectionTimeoutMs: number
  readonly reconnectBackoffMs: number
  readonly reconnectBackoffMaxMs: number
}

/**
 * One connection to one broker, opened when it is used and again when it broke. A request that gets no answer in time closes
 * it, as Java's client does: whatever else waits on it would wait as long.
 */
export class BrokerLink {
  readonly broker: string
  private readonly connection: KafkaJsConnection
  private readonly times: ConnectTimes
  private versions: SpokenVersions = {}
  private readying: Promise<void> | null = null
  private failures = 0
  /** Why the last attempt to connect failed, and until when there is no other. */
  private failed: { readonly error: Error; readonly until: number } | null = null
  private closed = false

  constructor(connection: KafkaJsConnection, times: ConnectTimes) {
    this.connection = connection
    this.broker = `${connection.host}:${String(connection.port)}`
    this.times = times
  }

  async send<Request, Response>(api: Api<Request, Response>, request: Request, timeoutMs: number): Promise<Response> {
    try {
      await this.ready()
    } catch (error) {
      throw new WireError(faultOf(error, this.broker), false)
    }
    const common = newestCommon(api, this.versions)
    if (isLeft(common)) throw new WireError(common.left, false)
    return this.sendNow(common.right, request, timeoutMs)
  }

  /** What was sent still goes out; answers are not waited for. */
  close(): void {
    this.closed = true
    const { connection } = this
    const isConnecting = !connection.isConnected()
    void connection.disconnect(isConnecting ? undefined : endSocket)
    // Its timer alone would keep the process for as long as connecting may take.
    if (isConnecting) connection.giveUpConnecting()
  }

  private ready(): Promise<void> {
    if (this.closed)
      return Promise.reject(new WireError({ _tag: 'ClosedFault', what: `the connection to ${this.broker}` }))
    if (this.readying !== null) return this.readying
    if (this.connection.isConnected()) return Promise.resolve()
    // Told at once instead of waiting: whoever may ask another broker does so meanwhile.
    if (this.failed !== null && performance.now() < this.failed.until) return Promise.reject(this.failed.error)
    const opening = this.withDeadline(this.open()).then(
      () => {
        this.readying = null
        this.failures = 0
        this.failed = null
      },
      (cause: unknown) => {
        this.readying = null
        this.failures++
        const { reconnectBackoffMs, reconnectBackoffMaxMs } = this.times
        const inMs = backoffDelay(this.failures, reconnectBackoffMs, reconnectBackoffMaxMs, Math.random)
        const error = cause instanceof Error ? cause : this.failure(String(cause))
        this.failed = { error, until: performance.now() + inMs }
        throw error
      }
    )
    this.readying = opening
    return opening
  }

  private async open(): Promise<void> {
    const { connection } = this
    await connection.connect()
    const { versions } = await this.sendNow(apiVersionsV2, undefined, this.times.connectionTimeoutMs)
    this.versions = versions
    connection.setVersions(versions)
    connection.setSupportAuthenticationProtocol(true)
    await connection.authenticate()
    if (this.closed) void connection.disconnect()
  }

  /** A broker that takes the connection and says nothing would be waited for without end: kafkajs has no limit there. */
  private async withDeadline(opening: Promise<void>): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        reject(this.failure(`no answer within ${String(this.times.connectionTimeoutMs)} ms of connecting`))
      }, this.times.connectionTimeoutMs)
    })
    try {
      await Promise.race([opening, late])
    } catch (error) {
      void this.connection.disconnect()
      // It may still fail, of being disconnected, when nobody listens any more.
      opening.catch(() => undefined)
      throw error
    } finally {
      clearTimeout(timer)
    }
  }

  private async sendNow<Request, Response>(
    api: Api<Request, Response>,
    request: Request,
    timeoutMs: number
  ): Promise<Response> {
    const { connection } = this
    // A session that is over is begun anew first; ApiVersions comes before any.
    if (api.key !== apiVersionsV2.key && connection.sasl !== null && !connection.isAuthenticated())
      await connection.authenticate()
    // From here on in one go: the order of calls is the order on the wire.
    const correlationId = connection.nextCorrelationId()
    const writer = new RequestWriter()
    writer.header(api.key, api.version, correlationId, connection.clientId)
    api.write(writer, request)
    const frame = writer.frame()
    const expectResponse = api.expectsAnswer?.(request) ?? true
    try {
      const answer = await new Promise<{ readonly payload: Buffer } | undefined>((resolve, reject) => {
        const { socket } = connection
        if (socket === undefined || !connection.isConnected()) throw this.failure('not connected')
        // kafkajs calls a request without an answer done when it has been written; it is when the network has taken it.
        const answered = expectResponse ? resolve : (): void => undefined
        connection.requestQueue.push({
          entry: {
            apiKey: api.key,
            apiName: api.name,
            apiVersion: api.version,
            correlationId,
            resolve: answered,
            reject
          },
          expectResponse,
          requestTimeout: timeoutMs,
          sendRequest: () => {
            // Together: the parts of a request are one piece for the network.
            socket.cork()
            for (const part of expectResponse ? frame : frame.slice(0, -1)) socket.write(part)
            if (!expectResponse) this.writeLast(frame.at(-1) as Uint8Array, socket, timeoutMs).then(resolve, reject)
            socket.uncork()
          }
        })
      })
      if (!expectResponse || answer === undefined) return undefined as Response
      const { value, throttleMs } = api.read(new ResponseReader(answer.payload))
      connection.requestQueue.maybeThrottle(throttleMs)
      return value
    } catch (error) {
      if (error instanceof ResponseError) throw this.broken(api.name, error.message)
      if (error instanceof Error && error.name === 'KafkaJSRequestTimeoutError') {
        void this.connection.disconnect()
        throw this.failure(`no answer to ${api.name} within ${String(timeoutMs)} ms`)
      }
      throw error
    }
  }

  /** Is done when the network has taken it. One that does not for so long is like a broker that does not answer. */
  private writeLast(part: Uint8Array, socket: Socket, timeoutMs: number): Promise<undefined> {
    return new Promise((taken, reject) => {
      const late = setTimeout(() => {
        void this.connection.disconnect()
        reject(this.failure(`it took nothing for ${String(timeoutMs)} ms`))
      }, timeoutMs)
      socket.write(part, (error) => {
        clearTimeout(late)
        if (error == null) taken(undefined)
        else reject(error)
      })
    })
  }

  private broken(api: string, reason: string): WireError {
    void this.connection.disconnect()
    return new WireError({ _tag: 'FrameFault', broker: this.broker, reason: `its answer to ${api} is ${reason}` })
  }

  private failure(reason: string): WireError {
    const fault: Fault = { _tag: 'ConnectionFault', broker: this.broker, reason }
    return new WireError(fault)
  }
}
