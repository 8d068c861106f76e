import type { CodesOf } from '../protocol/answered-codes.js'
import { byCode } from '../protocol/error-code.js'

/**
 * What ShareGroupHeartbeat says about the member.
 *
 * - `fenced`: the group has removed it, and it joins again.
 * - `unknown member`: the same, with a new ID.
 * - `no such group`: the same; if the member is joining, a group of another type has the name.
 * - `group refused`, `topic refused`, `refused`: it is never accepted with its settings.
 * - `later`: a later request may succeed.
 */
type ShareHeartbeatVerdict =
  'accepted' | 'fenced' | 'unknown member' | 'no such group' | 'group refused' | 'topic refused' | 'refused' | 'later'

/** The meaning of every code of ShareGroupHeartbeat; any other is temporary. */
const heartbeatRows: { readonly [Name in CodesOf<'ShareGroupHeartbeat'>]: ShareHeartbeatVerdict } = {
  NONE: 'accepted',
  FENCED_MEMBER_EPOCH: 'fenced',
  UNKNOWN_MEMBER_ID: 'unknown member',
  GROUP_ID_NOT_FOUND: 'no such group',
  GROUP_AUTHORIZATION_FAILED: 'group refused',
  TOPIC_AUTHORIZATION_FAILED: 'topic refused',
  INVALID_REQUEST: 'refused',
  INVALID_GROUP_ID: 'refused',
  GROUP_MAX_SIZE_REACHED: 'refused',
  UNSUPPORTED_VERSION: 'refused'
}

const heartbeatVerdicts = /*#__PURE__*/ byCode<ShareHeartbeatVerdict>(heartbeatRows)

/** What the code of the answer to ShareGroupHeartbeat means. */
export const shareHeartbeatVerdict = (code: number): ShareHeartbeatVerdict => heartbeatVerdicts.get(code) ?? 'later'

/**
 * How a share session continues. `forgotten`: the broker has no such session; another begins at once. `refused`: the request
 * has failed, and another session begins later.
 */
type ShareSessionVerdict = 'goes on' | 'forgotten' | 'group refused' | 'refused'

/** The meaning of every code of a whole ShareFetch or ShareAcknowledge response; any other is a refusal. */
const sessionRows: { readonly [Name in CodesOf<'share session'>]: ShareSessionVerdict } = {
  NONE: 'goes on',
  SHARE_SESSION_NOT_FOUND: 'forgotten',
  INVALID_SHARE_SESSION_EPOCH: 'forgotten',
  GROUP_AUTHORIZATION_FAILED: 'group refused'
}

const sessionVerdicts = /*#__PURE__*/ byCode<ShareSessionVerdict>(sessionRows)

/** What the code of a whole ShareFetch or ShareAcknowledge response means for the share session. */
export const shareSessionVerdict = (code: number): ShareSessionVerdict => sessionVerdicts.get(code) ?? 'refused'

/** How fetching from a partition continues. `not served`: later, from the leader that the answer or new metadata names. */
type ShareFetchVerdict = 'served' | 'unauthorized' | 'not served'

/** The meaning of every code of a partition in ShareFetch; any other means that it is not served. */
const fetchRows: { readonly [Name in CodesOf<'ShareFetch'>]: ShareFetchVerdict } = {
  NONE: 'served',
  TOPIC_AUTHORIZATION_FAILED: 'unauthorized'
}

const fetchVerdicts = /*#__PURE__*/ byCode<ShareFetchVerdict>(fetchRows)

/** What a partition's code in the answer to ShareFetch means. */
export const shareFetchVerdict = (code: number): ShareFetchVerdict => fetchVerdicts.get(code) ?? 'not served'

/**
 * The outcome of acknowledgements or renewals. `invalid state`: the lock of at least one of the records has expired, and the
 * broker has changed nothing for the partition. `later`: the broker could not store them, and has changed nothing.
 */
type AcknowledgeVerdict = 'done' | 'invalid state' | 'later' | 'failed'

/** The meaning of every code that answers a partition's acknowledgements; any other means that they have failed. */
const acknowledgeRows: { readonly [Name in CodesOf<'ShareAcknowledge'>]: AcknowledgeVerdict } = {
  NONE: 'done',
  INVALID_RECORD_STATE: 'invalid state',
  COORDINATOR_NOT_AVAILABLE: 'later',
  COORDINATOR_LOAD_IN_PROGRESS: 'later',
  NOT_COORDINATOR: 'later'
}

const acknowledgeVerdicts = /*#__PURE__*/ byCode<AcknowledgeVerdict>(acknowledgeRows)

/** What a partition's code in ShareAcknowledge, or its acknowledgement's code in ShareFetch, means. */
export const acknowledgeVerdict = (code: number): AcknowledgeVerdict => acknowledgeVerdicts.get(code) ?? 'failed'
