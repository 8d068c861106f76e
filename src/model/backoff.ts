/** How long to wait before trying again; made by `exponential`. */
export interface Backoff {
  readonly _tag: 'Backoff'
  /** ms before the attempt that follows so many failures, 1 being the first */
  readonly delayMs: (failures: number) => number
}

/** Milliseconds before the next attempt. */
export const delayOf = (backoff: Backoff, failures: number): number => Math.max(0, backoff.delayMs(failures))
