import type { Left, Right } from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import type { Observable } from 'rxjs'
import type { Guard } from '../guard.js'
import type { ConcurrencyLimit } from '../concurrency-limit.js'
import type { AnyOnFailure, OnFailureOf } from '../../model/failure-policy.js'
import type { Backoff } from '../../model/backoff.js'

/** What a handler gets besides its record. */
export interface HandlerContext {
  /**
   * Aborts when the work has become pointless: the partition was lost, its drain timed out, the pipeline was unsubscribed, or the
   * attempt takes longer than `timeoutMs`.
   */
  readonly signal: AbortSignal
  /** 1 for the first */
  readonly attempt: number
}

/** What a handler may return: a value, a Promise, an Observable (its last value counts) or a TaskEither. */
export type HandlerResult<B> = B | PromiseLike<B> | Observable<B> | TaskEither<unknown, B>

/** The compiler's message if nothing would wait for what a handler has begun, and its record would be acknowledged. */
export type NothingWaits =
  'nothing waits for this: return Promise.all(…) for a list of promises, an Observable itself instead of a promise of it, the result of a function instead of the function'

/** Requires that a handler returns its work so that it is waited for: one promise, Observable or TaskEither, not several, and none within another. */
export type Waited<B> = unknown extends B ? unknown : [WorkIn<B>] extends [never] ? unknown : NothingWaits

type WorkIn<B> = B extends readonly (infer E)[] ? Work<E> : Work<B>
type Work<B> = unknown extends B
  ? never
  : Extract<B, PromiseLike<unknown> | Observable<unknown> | Generator | AsyncGenerator | ((...args: never) => unknown)>

/** An Either, however it arrives, is unwrapped: a Left is a failure, a Right its value. */
export type Handled<B> = B extends Left<unknown> ? never : B extends Right<infer A> ? A : B

/**
 * Which records are processed one after the other: those of a partition, of a key (by the original key's bytes; without
 * a key, of the partition), none, or those for which a function returns the same name (null: without order).
 */
export type Order<C> = 'partition' | 'key' | 'none' | ((carried: C) => string | null)

/**
 * How `handle` and `writeTo` work: order, concurrency, time limit, retry, and what happens after a failure. `C` is the handler's
 * parameter, `D` the pipeline's records, in case the handler accepts more than these.
 */
export interface HandleOptions<C, D = C> {
  /** How many run at once of each partition. @default 1, with a `limit` as many as that has */
  readonly concurrency?: number
  /** Shared with other partitions and pipelines; made by `concurrencyLimit` or `guard`. @default none */
  readonly limit?: ConcurrencyLimit | Guard
  /**
   * An attempt that takes longer has failed: its signal aborts, and its later result is ignored. A handler that ignores
   * the signal may still be running when the next attempt begins. @default no limit
   */
  readonly timeoutMs?: number
  /** @default 'partition' */
  readonly order?: Order<C>
  /**
   * How often, and after what waits, a failed record is retried. It holds back only the records ordered behind it, and
   * while it waits another record has its place. @default no retry
   */
  readonly retry?: {
    /** in all, the first included */
    readonly attempts: number
    readonly backoff: Backoff
    /**
     * Distinguishes failures that may succeed later from permanent ones, which go to `onFailure` at once.
     * @default 'permanent' for what cannot be decoded, or never be produced; else 'retriable'
     */
    readonly classify?: (cause: unknown, carried: C) => 'retriable' | 'permanent'
  }
  /** What happens to a record that failed in every attempt. @default 'fail' */
  readonly onFailure?: OnFailureOf<D>
}

/** The same for any source. */
export interface AnyHandleOptions<C> extends Omit<HandleOptions<C>, 'onFailure'> {
  readonly onFailure?: AnyOnFailure
}
