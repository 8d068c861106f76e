import type { StageMember } from './stage-member.js'
import type { StageShareMember } from './stage-share-member.js'

/** One life of a member, of a consumer group or of a share group. */
export type AnyStageMember = StageMember | StageShareMember
