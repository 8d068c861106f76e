import type { AssignableMember } from '../../../model/assignor.js'

export type { AssignableMember, Assignment, Assignor, PartitionRacks } from '../../../model/assignor.js'

/**
 * The order of members in Java's `AbstractPartitionAssignor.MemberInfo`: those with a `group.instance.id` first, by it;
 * the others by their member id.
 */
export const byInstanceThenMember = (a: AssignableMember, b: AssignableMember): number => {
  if (a.groupInstanceId !== null && b.groupInstanceId !== null) return compare(a.groupInstanceId, b.groupInstanceId)
  if (a.groupInstanceId !== null) return -1
  if (b.groupInstanceId !== null) return 1
  return compare(a.memberId, b.memberId)
}

/** Java compares strings by UTF-16 code units, as `<` does. */
export const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
