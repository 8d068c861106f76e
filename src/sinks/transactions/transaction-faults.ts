import type { Fault } from '../../model/fault.js'

/** When an open transaction is committed, an OffsetCommit that follows its offset in the log wins over it. */
export const autoCommitting: Fault = {
  _tag: 'UsageFault',
  reason: 'enable.auto.commit has to be false where offsets are committed with transactions: one overwrites the other'
}

/** A record was written for a consumed record that no transaction has any more. */
export const outsideOfTransaction: Fault = {
  _tag: 'UsageFault',
  reason: 'it was written outside of a transaction: its record was done with before'
}

/** Nobody is a member of the group any more whose offsets belong to the transaction, or there is no group. */
export const notAMember = (groupId: string | null): Fault =>
  groupId === null ? withoutGroup : { _tag: 'MembershipLostFault', groupId, reason: 'unknown member' }

const withoutGroup: Fault = {
  _tag: 'UsageFault',
  reason: 'offsets are committed with a transaction, and the consumer has no group.id'
}
