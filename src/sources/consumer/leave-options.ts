/** How a member leaves. */
export interface LeaveOptions {
  /**
   * Whether the member leaves the group, which then reassigns its partitions at once. Otherwise the group waits for the
   * session to expire; a static member (`group.instance.id`) that returns by then continues with its partitions,
   * without a rebalance.
   *
   * @default true, false for a static member, as in Java's client
   */
  readonly leaveGroup?: boolean
  /**
   * The time limit, in ms from the call, whether brokers answer or not. If there are two calls, the earlier deadline
   * holds.
   */
  readonly timeoutMs?: number
}
