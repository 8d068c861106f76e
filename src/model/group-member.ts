/** A member as its group's coordinator knows it: a commit of another generation is refused. */
export interface GroupMember {
  readonly groupId: string
  /** -1 for one who commits without being a member */
  readonly generation: number
  /** '' without a membership */
  readonly memberId: string
  readonly groupInstanceId: string | null
}
