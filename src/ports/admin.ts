import type { Committed } from '../model/committed.js'
import type { GroupOffset } from '../model/group-offset.js'
import type { OffsetToCommit } from '../model/offset-to-commit.js'
import type { TopicPartition } from '../model/topic-partition.js'
import type { NewTopic } from './new-topic.js'
import type { Step } from './step.js'

/**
 * What is done to a cluster beside reading and writing: topics, groups and their offsets, configurations, ACLs. This is the form
 * with faults as data, `either` of an `Admin`.
 *
 * - Each method gives a `Step`: it begins when it is subscribed to, gives one `Either` and completes; it never errors.
 * - What is wrong with an argument is a `ConfigFault` that names it, before anything is sent. What Kafka refuses is a
 *   `BrokerFault` with Kafka's name of the code, or an `AuthorizationFault`. A call that takes longer than
 *   `default.api.timeout.ms` is a `TimeoutFault`; what it asked for may still be done.
 * - While no broker can be reached, a call that changes nothing is tried again for 5 s, and fails then with the `ConnectionFault`;
 *   `cluster.events` reports it at once.
 * - A request that names several things does what can be done, as Kafka does; the fault is that of the first that was refused.
 * - Connections are made when first needed, shared by calls, and closed a second after the last of them.
 *
 * @example
 * const topics = await firstValueFrom(admin.either.listTopics())
 * if (isRight(topics)) console.log(topics.right)
 */
export interface EitherAdmin {
  describeCluster(): Step<ClusterDescription>

  /** The names of all topics that the principal may see, sorted. */
  listTopics(): Step<readonly string[]>
  /** In the order of the names. A topic that does not exist is `UNKNOWN_TOPIC_OR_PARTITION`. */
  describeTopics(topics: readonly string[]): Step<readonly TopicDescription[]>
  /** Completes when they can be written to. One that exists is `TOPIC_ALREADY_EXISTS`, other than for the cluster's own. */
  createTopics(topics: readonly NewTopic[]): Step<void>
  /** Completes when no broker that is asked knows them any more. */
  deleteTopics(topics: readonly string[]): Step<void>
  /** Adds partitions, up to the number that is given. */
  createPartitions(topics: readonly PartitionCount[]): Step<void>
  /** Removes the records below the offset from each partition; `'end'`: all that are there. */
  deleteRecords(partitions: readonly RecordsToDelete[]): Step<void>
  /** Offsets by place or time, in the order asked for; a time after the last record gives the end. */
  listOffsets(partitions: readonly OffsetQuery[]): Step<readonly Committed[]>

  /** Groups of all kinds, sorted by group id. */
  listGroups(): Step<readonly ListedGroup[]>
  /** In the order of the ids, of any kind. A group that does not exist is in the state `Dead`. */
  describeGroups(groupIds: readonly string[]): Step<readonly DescribedGroup[]>
  /** `NON_EMPTY_GROUP` for one that has members. */
  deleteGroups(groupIds: readonly string[]): Step<void>
  /** What the group has stored, sorted by topic and partition. */
  fetchOffsets(groupId: string): Step<readonly GroupOffset[]>
  /** Stores offsets for a group that has no members; one that has is `UNKNOWN_MEMBER_ID`, a share group `GROUP_ID_NOT_FOUND`. */
  setOffsets(groupId: string, offsets: readonly OffsetToCommit[]): Step<void>
  /** The same for all partitions of the topics, by place or time; gives what was stored. */
  resetOffsets(groupId: string, topics: readonly string[], to: LogPosition): Step<readonly Committed[]>

  /**
   * Where a share group is in each partition, sorted by topic and partition (Kafka 4.2). Of a group that does not exist, or is of
   * another kind, nothing.
   */
  fetchShareOffsets(groupId: string): Step<readonly ShareGroupOffset[]>
  /**
   * Sets where a share group begins in these partitions, and forgets what it has of their records: each is delivered anew. Makes
   * the group if there is none. `NON_EMPTY_GROUP` for one that has members, `GROUP_ID_NOT_FOUND` for one of another kind.
   */
  setShareOffsets(groupId: string, offsets: readonly Committed[]): Step<void>
  /** A share group without members forgets the topics: it begins with them as a new group does. Refuses as `setShareOffsets`. */
  deleteShareOffsets(groupId: string, topics: readonly string[]): Step<void>

  describeConfigs(resources: readonly ConfigResource[]): Step<readonly DescribedConfig[]>
  /** Changes what is named and leaves the rest as it is (KIP-339). */
  alterConfigs(changes: readonly ConfigChange[]): Step<void>

  /** All ACLs that the filter matches; without one, all. A cluster without an authorizer answers `SECURITY_DISABLED`. */
  describeAcls(filter?: AclFilter): Step<readonly Acl[]>
  createAcls(acls: readonly Acl[]): Step<void>
  /** Gives those that were deleted. */
  deleteAcls(filter: AclFilter): Step<readonly Acl[]>

  /** Closes the connections; calls that are under way, and all later ones, end with a `ClosedFault`. */
  close(): void
}

/** How an admin client is set, by Kafka's names. */
export interface AdminProperties {
  /** For each call, with all that it asks for again. @default 60000 */
  readonly 'default.api.timeout.ms'?: number
}

/** The brokers of a cluster. */
export interface ClusterDescription {
  /** null where the broker says none */
  readonly clusterId: string | null
  /** Node id of the controller, as the brokers give it; null where there is none. */
  readonly controller: number | null
  readonly brokers: readonly { readonly nodeId: number; readonly host: string; readonly port: number }[]
}

/** A topic and its partitions, in the order of their numbers. */
export interface TopicDescription {
  readonly topic: string
  /** As Kafka prints it; null where the broker says none. */
  readonly topicId: string | null
  /** whether it is one of Kafka's own, such as `__consumer_offsets` */
  readonly internal: boolean
  readonly partitions: readonly {
    readonly partition: number
    /** node id, null where there is none at the moment */
    readonly leader: number | null
    /** node ids, the preferred leader first */
    readonly replicas: readonly number[]
  }[]
}

/** How many partitions a topic is to have. */
export interface PartitionCount {
  readonly topic: string
  readonly partitions: number
}

/** The beginning of a partition's log, which `deleteRecords` removes. */
export interface RecordsToDelete extends TopicPartition {
  /** the first that stays */
  readonly before: bigint | 'end'
}

/** A place in a log that is known without a group. A timestamp in ms: the first record at or after it, else the end. */
export type LogPosition = 'beginning' | 'end' | { readonly timestamp: number }

/** The place in a partition's log whose offset `listOffsets` looks up. */
export interface OffsetQuery extends TopicPartition {
  readonly at: LogPosition
}

/**
 * The kind of a group: `classic` and `consumer` are consumer groups by these protocols, `share` is a share group, and `streams`
 * has members of Kafka Streams. `unknown`: a newer broker has a kind that has no name here.
 */
export type GroupType = 'classic' | 'consumer' | 'share' | 'streams' | 'unknown'

/** A group, as `listGroups` gives it. */
export interface ListedGroup {
  readonly groupId: string
  /** `classic` for brokers that do not say it: before Kafka 3.8 there is no other */
  readonly type: GroupType
  /** `consumer`, or `share`; empty for a group that never had members */
  readonly protocolType: string
  /** Kafka's name, such as `Stable` or `Empty` */
  readonly state: string
}

/** Where a share group is in a partition. */
export interface ShareGroupOffset extends TopicPartition {
  /**
   * The first record that is neither acknowledged nor given up; records after it may be done already. Kafka stores it with the next
   * acknowledgement (4.3.1, tried), so it may be older than the lag.
   */
  readonly offset: bigint
  /** Records that are neither acknowledged nor given up (KIP-1226); null where the broker does not know. */
  readonly lag: bigint | null
}

/** A group and its members, as `describeGroups` gives it. */
export interface DescribedGroup {
  readonly groupId: string
  /** null for a group that does not exist */
  readonly type: GroupType | null
  /**
   * Kafka's name: `Stable`, `PreparingRebalance`, `CompletingRebalance`, `Empty`, `Dead`; under the consumer protocol `Assigning`
   * and `Reconciling` in place of the two in the middle
   */
  readonly state: string
  readonly protocolType: string
  /** the assignment strategy, or the brokers' assignor; empty without members */
  readonly protocol: string
  readonly members: readonly {
    readonly memberId: string
    readonly clientId: string
    readonly host: string
    /** null where it cannot be read */
    readonly assignment: readonly TopicPartition[] | null
  }[]
}

/** What has a configuration; a broker's name is its node id, a group's its id (Kafka 4.0). */
export interface ConfigOwner {
  readonly type: 'topic' | 'broker' | 'group'
  readonly name: string
}

/** The configuration that `describeConfigs` reads: of a topic, a broker or a group. */
export interface ConfigResource extends ConfigOwner {
  /** Only these properties. @default all */
  readonly only?: readonly string[]
}

/** A configuration, as `describeConfigs` gives it. */
export interface DescribedConfig extends ConfigOwner {
  /** sorted by name */
  readonly entries: readonly ConfigEntry[]
}

/** A property of a configuration, and where its value comes from. */
export interface ConfigEntry {
  readonly name: string
  /** null where it is not set, or secret */
  readonly value: string | null
  /** where the value comes from */
  readonly source: 'topic' | 'broker' | 'cluster' | 'file' | 'default' | 'group' | 'other'
  /** a secret: brokers never give its value */
  readonly sensitive: boolean
  /** it cannot be changed while the broker runs */
  readonly readOnly: boolean
}

/** What `alterConfigs` changes; properties that it does not name keep their values. */
export interface ConfigChange extends ConfigOwner {
  /** New values, by the properties' names. */
  readonly set?: Readonly<Record<string, string>>
  /** Back to their defaults. */
  readonly unset?: readonly string[]
}

/** `UNKNOWN` is only read: a newer broker has a type that has no name here. */
export type AclResource = 'TOPIC' | 'GROUP' | 'CLUSTER' | 'TRANSACTIONAL_ID' | 'DELEGATION_TOKEN' | 'USER' | 'UNKNOWN'
/** `UNKNOWN` is only read: a newer broker has an operation that has no name here. */
export type AclOperation =
  | 'ALL'
  | 'READ'
  | 'WRITE'
  | 'CREATE'
  | 'DELETE'
  | 'ALTER'
  | 'DESCRIBE'
  | 'CLUSTER_ACTION'
  | 'DESCRIBE_CONFIGS'
  | 'ALTER_CONFIGS'
  | 'IDEMPOTENT_WRITE'
  | 'CREATE_TOKENS'
  | 'DESCRIBE_TOKENS'
  | 'UNKNOWN'

/** One rule of Kafka's authorizer. */
export interface Acl {
  readonly resource: AclResource
  /** `*` for all; `kafka-cluster` for the cluster */
  readonly name: string
  /** whether the name is the resource's, or what it begins with */
  readonly pattern: 'LITERAL' | 'PREFIXED'
  /** such as `User:billing`; `User:*` for all */
  readonly principal: string
  /** `*` for all */
  readonly host: string
  readonly operation: AclOperation
  readonly permission: 'ALLOW' | 'DENY'
}

/** Which ACLs; what is left out may be anything. `MATCH` takes every pattern that applies to the name. */
export interface AclFilter extends Partial<Omit<Acl, 'pattern'>> {
  readonly pattern?: Acl['pattern'] | 'MATCH'
}
