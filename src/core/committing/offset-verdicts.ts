import type { CodesOf } from '../protocol/answered-codes.js'
import { byCode } from '../protocol/error-code.js'

/**
 * What happens to the commit of a partition's offset.
 *
 * - `committed`: the group has it.
 * - `unknown topic`: retried, as in Java, since brokers learn of new topics late; dropped if the topic is gone.
 * - `retry`: sent again.
 * - `metadata too large`, `too large`, `topic refused`: dropped, for a reason of this partition alone.
 * - `epoch changed`: sent again under the member's next epoch (KIP-848).
 * - `generation over`, `unknown member`, `fenced`, `group refused`: dropped, since the group refuses the member.
 */
export type CommitVerdict =
  | 'committed'
  | 'unknown topic'
  | 'retry'
  | 'metadata too large'
  | 'too large'
  | 'topic refused'
  | 'epoch changed'
  | 'generation over'
  | 'unknown member'
  | 'fenced'
  | 'group refused'

/** The meaning of every code of OffsetCommit; any other is retried. */
const commitRows: { readonly [Name in CodesOf<'OffsetCommit'>]: CommitVerdict } = {
  NONE: 'committed',
  UNKNOWN_TOPIC_OR_PARTITION: 'unknown topic',
  UNKNOWN_TOPIC_ID: 'unknown topic',
  OFFSET_METADATA_TOO_LARGE: 'metadata too large',
  INVALID_COMMIT_OFFSET_SIZE: 'too large',
  TOPIC_AUTHORIZATION_FAILED: 'topic refused',
  STALE_MEMBER_EPOCH: 'epoch changed',
  ILLEGAL_GENERATION: 'generation over',
  UNKNOWN_MEMBER_ID: 'unknown member',
  // From version 9 on, the answer to a member of a group that does not exist any more.
  GROUP_ID_NOT_FOUND: 'unknown member',
  FENCED_INSTANCE_ID: 'fenced',
  GROUP_AUTHORIZATION_FAILED: 'group refused'
}

const commitVerdicts = /*#__PURE__*/ byCode<CommitVerdict>(commitRows)

/** What a partition's code in the answer to OffsetCommit means for its commit. */
export const commitVerdict = (code: number): CommitVerdict => commitVerdicts.get(code) ?? 'retry'

/** Whether the code concerns only the partition. Other codes may concern the member, so the group protocol reads them too. */
export const isOfPartition = (code: number): boolean => {
  switch (commitVerdict(code)) {
    case 'committed':
    case 'unknown topic':
    case 'metadata too large':
    case 'too large':
    case 'topic refused':
      return true
    case 'retry':
    case 'epoch changed':
    case 'generation over':
    case 'unknown member':
    case 'fenced':
    case 'group refused':
      return false
  }
}

/**
 * What happens to the look-up of committed offsets. `member refused`: the group does not answer the member under its current
 * epoch (KIP-848); the request is sent again under the next one.
 */
export type OffsetFetchVerdict = 'found' | 'group refused' | 'member refused' | 'retry'

/** The meaning of every code of OffsetFetch as a whole; any other is retried. */
const fetchRows: { readonly [Name in CodesOf<'OffsetFetch'>]: OffsetFetchVerdict } = {
  NONE: 'found',
  GROUP_AUTHORIZATION_FAILED: 'group refused',
  STALE_MEMBER_EPOCH: 'member refused',
  UNKNOWN_MEMBER_ID: 'member refused'
}

const fetchVerdicts = /*#__PURE__*/ byCode<OffsetFetchVerdict>(fetchRows)

/** What the code of the answer to OffsetFetch means. */
export const offsetFetchVerdict = (code: number): OffsetFetchVerdict => fetchVerdicts.get(code) ?? 'retry'

/** What happens to the look-up of a partition's offset. `topic id unknown`: requested again, with new metadata first. */
type OffsetLookupVerdict = 'found' | 'unauthorized' | 'topic id unknown' | 'retry'

/** The meaning of every code of a partition in ListOffsets and OffsetFetch; any other is retried. */
const lookupRows: { readonly [Name in CodesOf<'offset look-up'>]: OffsetLookupVerdict } = {
  NONE: 'found',
  TOPIC_AUTHORIZATION_FAILED: 'unauthorized',
  // The topic was created again, or the coordinator does not know it yet.
  UNKNOWN_TOPIC_ID: 'topic id unknown'
}

const lookupVerdicts = /*#__PURE__*/ byCode<OffsetLookupVerdict>(lookupRows)

/** What a partition's code in the answer to ListOffsets, or to OffsetFetch, means. */
export const offsetLookupVerdict = (code: number): OffsetLookupVerdict => lookupVerdicts.get(code) ?? 'retry'
