import type { AssignableMember } from '../../src/core/group/assignors/assignor.js'

/** A member of a group as its leader sees it: new, unless said otherwise. */
export const member = (
  memberId: string,
  topics: readonly string[],
  more: Partial<AssignableMember> = {}
): AssignableMember => ({
  memberId,
  topics,
  groupInstanceId: null,
  userData: null,
  owned: [],
  generation: -1,
  rack: null,
  ...more
})
