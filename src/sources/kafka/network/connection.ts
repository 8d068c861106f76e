import type { Fault } from '../../../model/fault.js'
import type { InVersion } from '../protocol/api.js'

/** How long a request may take. */
export interface RequestTimeouts {
  /** From the writing of the request to its answer; after that the connection counts as dead. */
  readonly timeoutMs: number
  /** How long the broker may hold the request by its own rules, such as a fetch's `max.wait.ms`. @default 0 */
  readonly heldMs?: number
  /** How long a broker's throttle time may delay the request before it is written. @default one minute */
  readonly throttledMs?: number
}

/** Why a connection ended. */
export type ConnectionEnd =
  /** It was closed on request, or was idle for too long. */
  | { readonly _tag: 'closed'; readonly fault: Fault }
  /** The other side closed it, or it broke. `awaited`: whether an answer was pending. */
  | { readonly _tag: 'broken'; readonly fault: Fault; readonly awaited: boolean }
  /** An answer did not come in time. */
  | { readonly _tag: 'overdue'; readonly fault: Fault }

/**
 * One connection to one broker, from its opening to its end. It never opens again: another one replaces it.
 *
 * - Requests are written in the order of the calls. A broker answers them in that order, one at a time: a request that must not
 *   wait behind another needs its own connection.
 * - Every request has a deadline. The first late answer ends the connection, since those behind it are later still.
 * - A request without an answer rejects with a `WireError`. Its `sent` is false if nothing of it was written.
 * - Pressure: written bytes are not copied and wait in the socket. The caller limits the requests in flight. A request without
 *   an answer (`acks` 0) resolves only when the socket has taken all of it.
 * - A broker's throttle time, and a new authentication, delay requests; their deadlines begin when they are written. A request
 *   with a shorter `throttledMs` overtakes others.
 */
export interface Connection {
  /** `host:port` */
  readonly broker: string
  /** The number of pending answers. */
  readonly awaited: number
  /** When the last answer came, or the connection was opened, in the clock's ms. */
  readonly heardAt: number
  readonly ended: boolean
  ask<Request, Response>(api: InVersion<Request, Response>, request: Request, times: RequestTimeouts): Promise<Response>
  /** Limits pending answers to this time, counted from now or from when the broker may no longer hold the request. */
  hurry(limitMs: number): void
  /** Closes regularly: written data still arrives. Pending requests reject with a `ClosedFault` at once. */
  close(): void
  /** Closes at once. Pending requests reject with the fault. */
  destroy(fault: Fault): void
}
