import type { Fault } from '../../model/fault.js'

/** An OffsetCommit after a transaction's offset in the log would win over it when the transaction is committed. */
export const autoCommitting: Fault = {
  _tag: 'UsageFault',
  reason: 'enable.auto.commit has to be false where offsets are committed with transactions: one overwrites the other'
}

/** A record was written for a consumed record that is not in a transaction any more. */
export const outsideOfTransaction: Fault = {
  _tag: 'UsageFault',
  reason: 'it was written outside of a transaction: its record was settled before'
}

/** The member whose offsets belong to the transaction has left the group, or there is no group. */
export const notAMember = (groupId: string | null): Fault =>
  groupId === null ? withoutGroup : { _tag: 'MembershipLostFault', groupId, reason: 'unknown member' }

const withoutGroup: Fault = {
  _tag: 'UsageFault',
  reason: 'offsets are committed with a transaction, and the consumer has no group.id'
}
