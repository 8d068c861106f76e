/** How a member goes. */
export interface LeaveOptions {
  /**
   * Whether the group is told, and shares its partitions out at once. Else it waits for the session to be over; a static
   * member (`group.instance.id`) that is back by then goes on with what it had, without a rebalance.
   *
   * @default true, false for a static member, as in Java's client
   */
  readonly leaveGroup?: boolean
  /** It is over by then, in ms from the call, whether brokers answer or not. Of two calls the earlier deadline holds. */
  readonly timeoutMs?: number
}
