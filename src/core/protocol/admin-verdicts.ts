import type { AuthorizationFault } from '../../model/fault.js'
import type { CodesOf } from './answered-codes.js'
import { byCode } from './error-code.js'

/** A resource that an admin client's request was not authorized to use. */
export type RefusedResource = AuthorizationFault['resource']

/**
 * What happens to a request of an admin client.
 *
 * - `not now`: the broker has changed nothing; the request is sent again until `default.api.timeout.ms` is over.
 * - `topic`, `group`, `cluster`, `transactional.id`: the principal is not authorized for it.
 * - `refused`: the request has failed.
 */
type AdminVerdict = 'done' | 'not now' | RefusedResource | 'refused'

/** The meaning of every code of an admin client's request; any other is a refusal. */
const adminRows: { readonly [Name in CodesOf<'admin request'>]: AdminVerdict } = {
  NONE: 'done',
  LEADER_NOT_AVAILABLE: 'not now',
  NOT_LEADER_OR_FOLLOWER: 'not now',
  COORDINATOR_LOAD_IN_PROGRESS: 'not now',
  COORDINATOR_NOT_AVAILABLE: 'not now',
  NOT_COORDINATOR: 'not now',
  NOT_CONTROLLER: 'not now',
  TOPIC_AUTHORIZATION_FAILED: 'topic',
  GROUP_AUTHORIZATION_FAILED: 'group',
  CLUSTER_AUTHORIZATION_FAILED: 'cluster',
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: 'transactional.id'
}

const adminVerdicts = /*#__PURE__*/ byCode<AdminVerdict>(adminRows)

/** What the code of the answer to an admin client's request means. */
export const adminVerdict = (code: number): AdminVerdict => adminVerdicts.get(code) ?? 'refused'

/** The resource for which the code denies authorization; null for other codes. */
export const refusedResource = (code: number): RefusedResource | null => {
  const verdict = adminVerdict(code)
  switch (verdict) {
    case 'topic':
    case 'group':
    case 'cluster':
    case 'transactional.id':
      return verdict
    case 'done':
    case 'not now':
    case 'refused':
      return null
  }
}

/** The result of CreateTopics for a topic. `controller moved`: nothing was done, and another broker can do it. */
type CreateTopicVerdict = 'created' | 'exists' | 'controller moved' | 'refused'

/** The meaning of every code of a topic in CreateTopics; any other is a refusal. */
const createRows: { readonly [Name in CodesOf<'CreateTopics'>]: CreateTopicVerdict } = {
  NONE: 'created',
  TOPIC_ALREADY_EXISTS: 'exists',
  NOT_CONTROLLER: 'controller moved'
}

const createVerdicts = /*#__PURE__*/ byCode<CreateTopicVerdict>(createRows)

/** What a topic's code in the answer to CreateTopics means. */
export const createTopicVerdict = (code: number): CreateTopicVerdict => createVerdicts.get(code) ?? 'refused'

/** The result of describing a group as one of a certain kind. `none`: the broker has no such group. */
type DescribeGroupVerdict = 'described' | 'none' | 'refused'

/** The meaning of every code of ConsumerGroupDescribe and ShareGroupDescribe; any other is a refusal. */
const describeRows: { readonly [Name in CodesOf<'group description'>]: DescribeGroupVerdict } = {
  NONE: 'described',
  GROUP_ID_NOT_FOUND: 'none',
  // A broker may support the request, and answer this because the protocol is disabled.
  UNSUPPORTED_VERSION: 'none'
}

const describeVerdicts = /*#__PURE__*/ byCode<DescribeGroupVerdict>(describeRows)

/** What a group's code in the answer to ConsumerGroupDescribe, or ShareGroupDescribe, means. */
export const describeGroupVerdict = (code: number): DescribeGroupVerdict => describeVerdicts.get(code) ?? 'refused'

/** The result of setting a group's offsets without being a member. */
type SetOffsetsVerdict = 'set' | 'has members' | 'no consumer group' | 'refused'

/** The meaning of every code of OffsetCommit without a member; any other is a refusal. */
const setOffsetsRows: { readonly [Name in CodesOf<'setOffsets'>]: SetOffsetsVerdict } = {
  NONE: 'set',
  UNKNOWN_MEMBER_ID: 'has members',
  ILLEGAL_GENERATION: 'has members',
  GROUP_ID_NOT_FOUND: 'no consumer group'
}

const setOffsetsVerdicts = /*#__PURE__*/ byCode<SetOffsetsVerdict>(setOffsetsRows)

/** What a partition's code in the answer to an OffsetCommit without a member means. */
export const setOffsetsVerdict = (code: number): SetOffsetsVerdict => setOffsetsVerdicts.get(code) ?? 'refused'
