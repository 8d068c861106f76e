/** What is to hold of all that the sink has got, whatever was done to the cluster. */
export interface HistoryChecks {
  /** That each record reaches it, or is put aside as a dead letter. @default true */
  readonly lost?: boolean
  /**
   * That none reaches it twice: `with cause`, unless something has gone wrong before (a crash, an expulsion, somebody who left
   * without a drain, a request or a write that failed); `never`, whatever happens, as under `atMostOnce`.
   *
   * @default 'allowed'
   */
  readonly twice?: 'allowed' | 'with cause' | 'never'
  /** That records reach it first in the order in which they were written: those of a partition, or of a key in it. @default none */
  readonly order?: 'key' | 'partition'
}
