/** What has to hold for the records in the sink, whatever happened to the cluster. */
export interface HistoryChecks {
  /** Each record reaches the sink, or is written to the dead letters. @default true */
  readonly lost?: boolean
  /**
   * Whether a record may reach the sink twice: `with cause`, only after something has gone wrong (a crash, an expulsion, a
   * leave without a drain, a failed request or write); `never`, as under `atMostOnce`.
   *
   * @default 'allowed'
   */
  readonly twice?: 'allowed' | 'with cause' | 'never'
  /**
   * The order in which records reach the sink for the first time: as written within a partition, or within a key of it.
   * @default none
   */
  readonly order?: 'key' | 'partition'
}
