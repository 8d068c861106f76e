import { describe, expect, it } from 'vitest'
import { errorCode, type ErrorName } from '../../../../src/core/protocol/error-code.js'
import {
  acknowledgeVerdict,
  shareFetchVerdict,
  shareHeartbeatVerdict,
  shareSessionVerdict
} from '../../../../src/core/share/share-verdicts.js'

describe('what the requests of a share group’s member are answered', () => {
  it.each<[string, (code: number) => string, ErrorName, string]>([
    ['ShareGroupHeartbeat', shareHeartbeatVerdict, 'NONE', 'accepted'],
    ['ShareGroupHeartbeat', shareHeartbeatVerdict, 'FENCED_MEMBER_EPOCH', 'fenced'],
    ['ShareGroupHeartbeat', shareHeartbeatVerdict, 'UNKNOWN_MEMBER_ID', 'unknown member'],
    ['ShareGroupHeartbeat', shareHeartbeatVerdict, 'GROUP_ID_NOT_FOUND', 'no such group'],
    ['ShareGroupHeartbeat', shareHeartbeatVerdict, 'GROUP_AUTHORIZATION_FAILED', 'group refused'],
    ['ShareGroupHeartbeat', shareHeartbeatVerdict, 'TOPIC_AUTHORIZATION_FAILED', 'topic refused'],
    ['ShareGroupHeartbeat', shareHeartbeatVerdict, 'INVALID_REQUEST', 'refused'],
    ['ShareGroupHeartbeat', shareHeartbeatVerdict, 'INVALID_GROUP_ID', 'refused'],
    ['ShareGroupHeartbeat', shareHeartbeatVerdict, 'GROUP_MAX_SIZE_REACHED', 'refused'],
    ['ShareGroupHeartbeat', shareHeartbeatVerdict, 'UNSUPPORTED_VERSION', 'refused'],
    ['ShareGroupHeartbeat', shareHeartbeatVerdict, 'COORDINATOR_LOAD_IN_PROGRESS', 'later'],
    ['a share session', shareSessionVerdict, 'NONE', 'goes on'],
    ['a share session', shareSessionVerdict, 'SHARE_SESSION_NOT_FOUND', 'forgotten'],
    ['a share session', shareSessionVerdict, 'INVALID_SHARE_SESSION_EPOCH', 'forgotten'],
    ['a share session', shareSessionVerdict, 'GROUP_AUTHORIZATION_FAILED', 'group refused'],
    ['a share session', shareSessionVerdict, 'SHARE_SESSION_LIMIT_REACHED', 'refused'],
    ['ShareFetch', shareFetchVerdict, 'NONE', 'served'],
    ['ShareFetch', shareFetchVerdict, 'TOPIC_AUTHORIZATION_FAILED', 'unauthorized'],
    ['ShareFetch', shareFetchVerdict, 'NOT_LEADER_OR_FOLLOWER', 'not served'],
    ['acknowledgements', acknowledgeVerdict, 'NONE', 'done'],
    ['acknowledgements', acknowledgeVerdict, 'INVALID_RECORD_STATE', 'invalid state'],
    ['acknowledgements', acknowledgeVerdict, 'NOT_LEADER_OR_FOLLOWER', 'failed']
  ])('%s: %o with %s is %s', (_what, verdictOf, name, verdict) => {
    expect(verdictOf(errorCode[name])).toBe(verdict)
  })
})
