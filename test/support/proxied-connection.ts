import type { Socket } from 'node:net'
import type { Direction, NetworkTrouble, ProxyState } from './fault-proxy.js'
import { framesOf, requestOf } from './frames.js'

interface Awaited {
  readonly key: number
  readonly question: string
  readonly cut: boolean
}

/** Metadata and FindCoordinator: what a broker knows from its controller. */
const fromController: ReadonlySet<number> = new Set([3, 10])

/** One connection through a fault proxy: what passes, when, in which pieces. */
export class ProxiedConnection {
  private readonly client: Socket
  private readonly broker: Socket
  private readonly state: ProxyState
  private readonly onEnd: () => void
  private readonly forgotten = new Set<Direction>()
  private readonly awaited = new Map<number, Awaited>()
  /** Answers leave in the order in which they came. */
  private ready = Promise.resolve()
  private delayed = 0
  /** which messages of a TLS handshake have passed */
  private greeted = false
  private greetedBack = false
  private ended = false

  constructor(
    client: Socket,
    broker: Socket,
    state: ProxyState,
    { encrypted, onRequest, onEnd }: { encrypted: boolean; onRequest: (key: number) => void; onEnd: () => void }
  ) {
    this.client = client
    this.broker = broker
    this.state = state
    this.onEnd = onEnd
    const fromClient = encrypted
      ? (chunk: Buffer) => this.pass(chunk)
      : framesOf((frame) => this.request(frame, onRequest))
    const fromBroker = encrypted
      ? (chunk: Buffer) => this.encryptedAnswer(chunk)
      : framesOf((frame) => this.response(frame))
    client.on('data', fromClient)
    broker.on('data', fromBroker)
    for (const [one, other] of [
      [client, broker],
      [broker, client]
    ] as const) {
      // prettier-ignore
      one.on('error', () => undefined)
      one.on('close', () => {
        // A connection that is forgotten ends for nobody but the one who ends it.
        if (one === broker && this.isForgotten('to the client')) return
        if (this.isForgotten('to the broker')) this.finish()
        else
          void this.ready.then(() => {
            other.destroy()
            this.finish()
          })
      })
    }
  }

  forget(direction: Direction): void {
    this.forgotten.add(direction)
  }

  end(reset: boolean): void {
    for (const socket of [this.client, this.broker]) {
      if (reset && !socket.connecting) socket.resetAndDestroy()
      else socket.destroy()
    }
    this.finish()
  }

  private finish(): void {
    if (this.ended) return
    this.ended = true
    this.onEnd()
  }

  private isForgotten(direction: Direction): boolean {
    return this.state.frozen || this.forgotten.has('both') || this.forgotten.has(direction)
  }

  /** Encrypted bytes. */
  private pass(chunk: Buffer): void {
    const { cutBefore, cutHandshake, reset = false } = this.troubleOf(undefined)
    const isGreeting = !this.greeted
    this.greeted = true
    if (this.happens(cutBefore) || (isGreeting && cutHandshake === 'at the first message')) this.end(reset)
    else this.toBroker(chunk)
  }

  private encryptedAnswer(chunk: Buffer): void {
    const { cutHandshake, reset = false } = this.troubleOf(undefined)
    const isGreeting = !this.greetedBack
    this.greetedBack = true
    if (isGreeting && cutHandshake === 'within the answer')
      this.client.write(chunk.subarray(0, chunk.length >> 1), () => {
        this.end(reset)
      })
    else this.answer(chunk)
  }

  private toBroker(bytes: Buffer): void {
    if (!this.isForgotten('to the broker')) this.broker.write(bytes)
  }

  private request(frame: Buffer, onRequest: (key: number) => void): void {
    const { key, version, correlationId, question } = requestOf(frame)
    const asked = `${String(key)} ${String(version)} ${question}`
    const trouble = this.troubleOf(key)
    if (this.happens(trouble.cutBefore)) {
      this.end(trouble.reset === true)
      return
    }
    const before = this.state.past ? this.state.answered.get(asked) : undefined
    if (before !== undefined) {
      const again = Buffer.from(before)
      again.writeInt32BE(correlationId, 4)
      this.answer(again, key)
      return
    }
    onRequest(key)
    this.awaited.set(correlationId, { key, question: asked, cut: this.happens(trouble.cutAfter) })
    this.toBroker(frame)
  }

  private response(frame: Buffer): void {
    const correlationId = frame.readInt32BE(4)
    const request = this.awaited.get(correlationId)
    this.awaited.delete(correlationId)
    if (request === undefined) throw new Error('an answer to no request')
    this.state.lie?.(request.key, frame)
    if (request.cut) {
      this.end(this.state.trouble.reset === true)
      return
    }
    if (fromController.has(request.key) && !this.state.past)
      this.state.answered.set(request.question, Buffer.from(frame))
    this.answer(frame, request.key)
  }

  private answer(bytes: Buffer, key?: number): void {
    const trouble = this.troubleOf(key)
    const {
      delayMs = 0,
      jitterMs = 0,
      delays = Infinity,
      bytesPerSecond = Infinity,
      sliceBytes = bytes.length
    } = trouble
    const holds = this.delayed < delays ? delayMs + jitterMs * this.state.random() : 0
    if (holds > 0) this.delayed++
    const waits = holds + (bytes.length / bytesPerSecond) * 1_000
    if (waits > 0) this.ready = this.ready.then(() => new Promise((go) => setTimeout(go, waits)))
    for (let at = 0; at < bytes.length; at += sliceBytes) {
      const piece = bytes.subarray(at, at + sliceBytes)
      this.ready = this.ready.then(() => {
        if (!this.isForgotten('to the client') && !this.client.destroyed) this.client.write(piece)
        return piece.length === bytes.length ? undefined : new Promise((go) => setImmediate(go))
      })
    }
  }

  private troubleOf(key: number | undefined): NetworkTrouble {
    const { trouble } = this.state
    return trouble.apis === undefined || (key !== undefined && trouble.apis.includes(key)) ? trouble : {}
  }

  private happens(share = 0): boolean {
    return share > 0 && this.state.random() < share
  }
}
