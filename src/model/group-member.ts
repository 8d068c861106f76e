/** A member as its group's coordinator has it: a commit of another generation is refused. */
export interface GroupMember {
  readonly groupId: string
  /** -1 for a commit without a membership */
  readonly generation: number
  /** '' without a membership */
  readonly memberId: string
  readonly groupInstanceId: string | null
}
