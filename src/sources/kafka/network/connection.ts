import type { Fault } from '../../../model/fault.js'
import type { InVersion } from '../protocol/api.js'

/** How long a request may take. */
export interface RequestTimeouts {
  /** From when it is written until its answer is there. Then the connection counts as dead. */
  readonly timeoutMs: number
  /** For how long the broker may hold it back by its own rules, such as a fetch's `max.wait.ms`. 0 if left out. */
  readonly heldMs?: number
  /** For how long a broker's throttle time may hold it back before it is written. A minute if left out. */
  readonly throttledMs?: number
}

/** Why a connection ended. */
export type ConnectionEnd =
  /** It was asked to, or was idle for too long. */
  | { readonly _tag: 'closed'; readonly fault: Fault }
  /** The other side closed it, or it broke. `awaited` if an answer was still to come. */
  | { readonly _tag: 'broken'; readonly fault: Fault; readonly awaited: boolean }
  /** An answer did not come in time. */
  | { readonly _tag: 'overdue'; readonly fault: Fault }

/**
 * One connection to one broker, from the moment it is open until it ends. It is never opened again: another takes its place.
 *
 * - Requests are written in the order of the calls. A broker answers them in that order, one at a time: what must not wait
 *   behind another has to go over a connection of its own.
 * - Every request has a deadline. The first answer that is late ends the connection, since those behind it are later still.
 * - A request whose answer does not come rejects with a `WireError`. Its `sent` is false if nothing of it was written.
 * - Pressure: what is written is not copied and waits in the socket. The caller limits how many requests are under way, and
 *   one without an answer (`acks` 0) resolves only when the socket has taken all of it.
 * - A broker's throttle time, and a new authentication, hold requests back; their deadlines begin when they are written. One
 *   that a throttle may not hold back for as long (`throttledMs`) overtakes those that it may.
 */
export interface Connection {
  /** `host:port` */
  readonly broker: string
  /** Answers that are awaited. */
  readonly awaited: number
  /** When the last answer came, or the connection was opened: ms of the clock. */
  readonly heardAt: number
  readonly ended: boolean
  ask<Request, Response>(api: InVersion<Request, Response>, request: Request, times: RequestTimeouts): Promise<Response>
  /** Whatever is awaited has at most so long from now, or from when the broker may no longer hold it back. */
  hurry(limitMs: number): void
  /** Orderly: what was written still arrives. What is awaited is rejected with a `ClosedFault` at once. */
  close(): void
  /** At once. What is awaited is rejected with the fault. */
  destroy(fault: Fault): void
}
