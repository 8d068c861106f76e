import type { GroupListener, GroupProtocol } from '../../ports/group-protocol.js'
import type { ConsumerMetadata } from '../consumer-metadata.js'
import type { SessionContext } from '../session-context.js'
import { ConsumerGroupClient } from './consumer-group-client.js'
import { FallbackGroupProtocol } from './fallback-group-protocol.js'
import { GroupCoordinatorClient } from './group-coordinator-client.js'

/** Creates a member of a group for one of the protocols. */
export type OpenGroup = (
  context: SessionContext,
  groupId: string,
  metadata: ConsumerMetadata,
  listener: GroupListener
) => GroupProtocol

/** JoinGroup, SyncGroup, Heartbeat: `group.protocol=classic` in Java's client. */
const classic: OpenGroup = (context, groupId, metadata, listener) =>
  new GroupCoordinatorClient(context, groupId, metadata, listener)

/** ConsumerGroupHeartbeat: `group.protocol=consumer`; the classic one if the brokers do not support it. */
const consumerOrClassic: OpenGroup = (context, groupId, metadata, listener) =>
  new FallbackGroupProtocol(
    (wrapped, unsupported) => new ConsumerGroupClient(context, groupId, metadata, wrapped, unsupported),
    (wrapped) => classic(context, groupId, metadata, wrapped),
    listener,
    (fault) => {
      context.handlers.event({ _tag: 'group protocol', groupId, wanted: 'consumer', used: 'classic', fault })
    }
  )

/** By the protocol that is configured. */
export const openGroupBy = ({ groupProtocol }: SessionContext['settings']): OpenGroup =>
  groupProtocol === 'consumer' ? consumerOrClassic : classic
