/** The part of a channel of `node:diagnostics_channel` that is used. */
interface NodeChannel {
  readonly hasSubscribers: boolean
  publish(message: object): void
  runStores<A>(message: object, body: () => A): A
}

/** The part of a `TracingChannel` that is used. */
interface NodeTracingChannel {
  readonly start: NodeChannel
  readonly end: NodeChannel
  readonly asyncStart: NodeChannel
  readonly asyncEnd: NodeChannel
  readonly error: NodeChannel
  subscribe(listeners: OperationListeners<never>): void
  unsubscribe(listeners: OperationListeners<never>): void
}

interface NodeProcess {
  getBuiltinModule?(name: string): { tracingChannel?(name: string): NodeTracingChannel } | undefined
}

/** The callbacks of a listener. All of them get the same message of an operation. */
export interface OperationListeners<M> {
  start(message: M): void
  end(message: M): void
  asyncStart(message: M): void
  asyncEnd(message: M): void
  error(message: M): void
}

/** The published message of an operation. The library adds to it until the operation ends. */
export interface OperationMessage {
  /** the error, once the operation has failed */
  error?: unknown
}

const ignore = (): void => undefined

/**
 * A tracing channel of `node:diagnostics_channel`, `tracing:NAME:start` and so on. Of each operation it publishes
 * `start`, `end` when the call has returned, then, when all of it is over, `error` if it failed, `asyncStart` and
 * `asyncEnd`.
 *
 * Node does not announce subscribers: `look` checks for them, once a turn. Hot paths read `hasSubscribers`, a plain field.
 * Without `node:diagnostics_channel`, in a browser, there are never any.
 */
export class OperationChannel<M extends OperationMessage> {
  readonly name: string
  /** Whether there were subscribers at the last `look`. */
  hasSubscribers = false
  private opened: NodeTracingChannel | null | undefined = undefined

  constructor(name: string) {
    this.name = name
  }

  /** Checks whether there are subscribers now. */
  look(): boolean {
    const { channel } = this
    this.hasSubscribers = channel !== null && hasSubscribers(channel)
    return this.hasSubscribers
  }

  /** Publishes `start`, and runs the operation in the stores that subscribers have bound to `start`. */
  begin<A>(message: M, body: () => A): A {
    const { channel } = this
    if (channel === null) return body()
    try {
      return channel.start.runStores(message, body)
    } finally {
      channel.end.publish(message)
    }
  }

  /** Publishes that the operation has succeeded. */
  succeeded(message: M): void {
    this.channel?.asyncStart.publish(message)
    this.channel?.asyncEnd.publish(message)
  }

  /** Publishes that the operation has failed, or was abandoned. */
  failed(message: M, error: unknown): void {
    message.error = error
    this.channel?.error.publish(message)
    this.succeeded(message)
  }

  /** Listens until the returned function is called; null without `node:diagnostics_channel`. */
  listen(listeners: Partial<OperationListeners<M>>): (() => void) | null {
    const { channel } = this
    if (channel === null) return null
    const all = { start: ignore, end: ignore, asyncStart: ignore, asyncEnd: ignore, error: ignore, ...listeners }
    channel.subscribe(all)
    this.hasSubscribers = true
    return () => {
      channel.unsubscribe(all)
      this.look()
    }
  }

  private get channel(): NodeTracingChannel | null {
    if (this.opened === undefined) this.opened = openChannel(this.name)
    return this.opened
  }
}

// Not `TracingChannel.hasSubscribers`: Node 20 has none.
const hasSubscribers = ({ start, end, asyncStart, asyncEnd, error }: NodeTracingChannel): boolean =>
  start.hasSubscribers ||
  asyncEnd.hasSubscribers ||
  end.hasSubscribers ||
  asyncStart.hasSubscribers ||
  error.hasSubscribers

/** Not imported: the package also runs in browsers, and bundlers for them know no `node:` modules. */
const openChannel = (name: string): NodeTracingChannel | null => {
  const { process } = globalThis as unknown as { readonly process?: NodeProcess }
  return process?.getBuiltinModule?.('node:diagnostics_channel')?.tracingChannel?.(name) ?? null
}
