import type { Left, Right } from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import type { Observable } from 'rxjs'
import type { OnFailure } from '../model/failure-policy.js'
import type { Backoff } from './backoff.js'

/** What a handler is told besides its record. */
export interface HandlerContext {
  /** Aborts when the work is in vain: the partition was lost, its drain timed out, or the pipeline was unsubscribed. */
  readonly signal: AbortSignal
  /** 1 for the first */
  readonly attempt: number
}

/** What a handler may give: a value, a Promise, an Observable (its last value counts) or a TaskEither. */
export type HandlerResult<B> = B | PromiseLike<B> | Observable<B> | TaskEither<unknown, B>

/** An Either, however it arrives, is unwrapped: a Left is a failure, a Right its value. */
export type Handled<B> = B extends Left<unknown> ? never : B extends Right<infer A> ? A : B

/**
 * What is done one after the other: the records of a partition, of a key (by the original key's bytes; without a key, of
 * the partition), nothing, or what a function names alike (null: in no order).
 */
export type Order<C> = 'partition' | 'key' | 'none' | ((carried: C) => string | null)

export interface HandleOptions<C> {
  /** How many run at once in this pipeline. @default 1 */
  readonly concurrency?: number
  /** @default 'partition' */
  readonly order?: Order<C>
  /** How often, and after what waits, a failed record is tried again; it holds back only what is ordered with it. @default no retry */
  readonly retry?: {
    /** in all, the first included */
    readonly attempts: number
    readonly backoff: Backoff
  }
  /** What becomes of a record that failed in every attempt. @default 'fail' */
  readonly onFailure?: OnFailure
}
