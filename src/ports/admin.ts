import type { Committed } from '../model/committed.js'
import type { GroupOffset } from '../model/group-offset.js'
import type { OffsetToCommit } from '../model/offset-to-commit.js'
import type { TopicPartition } from '../model/topic-partition.js'
import type { NewTopic } from './new-topic.js'
import type { Step } from './step.js'

/**
 * Administers a cluster: topics, groups and their offsets, configurations, ACLs. This is the form with faults as data, `either`
 * of an `Admin`.
 *
 * - Each method returns a `Step`: it begins when it is subscribed to, emits one `Either` and completes; it never errors.
 * - An invalid argument is a `ConfigFault` that names it, before anything is sent. A refusal by Kafka is a `BrokerFault` with
 *   Kafka's name of the code, or an `AuthorizationFault`. A call that takes longer than `default.api.timeout.ms` is a
 *   `TimeoutFault`; its request may still take effect.
 * - While no broker can be reached, a call that changes nothing is retried for 5 s, and then fails with the `ConnectionFault`;
 *   `cluster.events` reports it at once.
 * - Like Kafka, a request for several items performs those that it can; the fault is that of the first refused item.
 * - Connections are opened by the first call that needs them, shared by calls, and closed a second after the last call.
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
  /**
   * Completes when the topics can be written to. An existing topic is `TOPIC_ALREADY_EXISTS`, unlike for the cluster's own
   * `createTopics`.
   */
  createTopics(topics: readonly NewTopic[]): Step<void>
  /** Completes when the topics have disappeared from the metadata. */
  deleteTopics(topics: readonly string[]): Step<void>
  /** Increases the number of partitions to the given ones. */
  createPartitions(topics: readonly PartitionCount[]): Step<void>
  /** Deletes the records below the offset of each partition; `'end'`: all current records. */
  deleteRecords(partitions: readonly RecordsToDelete[]): Step<void>
  /** Offsets by position or time, in the order of the queries; a time after the last record returns the end. */
  listOffsets(partitions: readonly OffsetQuery[]): Step<readonly Committed[]>

  /** Groups of all kinds, sorted by group ID. */
  listGroups(): Step<readonly ListedGroup[]>
  /** Groups of any kind, in the order of the IDs. A group that does not exist has the state `Dead`. */
  describeGroups(groupIds: readonly string[]): Step<readonly DescribedGroup[]>
  /** A group with members is `NON_EMPTY_GROUP`. */
  deleteGroups(groupIds: readonly string[]): Step<void>
  /** The committed offsets of the group, sorted by topic and partition. */
  fetchOffsets(groupId: string): Step<readonly GroupOffset[]>
  /**
   * Commits offsets for a group without members. A group with members is `UNKNOWN_MEMBER_ID`, a share group
   * `GROUP_ID_NOT_FOUND`.
   */
  setOffsets(groupId: string, offsets: readonly OffsetToCommit[]): Step<void>
  /** The same for all partitions of the topics, by position or time; returns the committed offsets. */
  resetOffsets(groupId: string, topics: readonly string[], to: LogPosition): Step<readonly Committed[]>

  /**
   * The offset of a share group in each partition, sorted by topic and partition (Kafka 4.2). Empty for a group that does not
   * exist or is of another kind.
   */
  fetchShareOffsets(groupId: string): Step<readonly ShareGroupOffset[]>
  /**
   * Sets where a share group begins in these partitions, and forgets the state of their records: each is delivered again.
   * Creates the group if it does not exist. `NON_EMPTY_GROUP` for a group with members, `GROUP_ID_NOT_FOUND` for one of another
   * kind.
   */
  setShareOffsets(groupId: string, offsets: readonly Committed[]): Step<void>
  /**
   * Removes topics from the offsets of a share group without members, which then begins with them like a new group. Refuses as
   * `setShareOffsets` does.
   */
  deleteShareOffsets(groupId: string, topics: readonly string[]): Step<void>

  describeConfigs(resources: readonly ConfigResource[]): Step<readonly DescribedConfig[]>
  /** Changes the named properties and keeps the others (KIP-339). */
  alterConfigs(changes: readonly ConfigChange[]): Step<void>

  /** The ACLs that match the filter; without a filter all. A cluster without an authorizer answers `SECURITY_DISABLED`. */
  describeAcls(filter?: AclFilter): Step<readonly Acl[]>
  createAcls(acls: readonly Acl[]): Step<void>
  /** Returns the deleted ACLs. */
  deleteAcls(filter: AclFilter): Step<readonly Acl[]>

  /** Closes the connections. Calls in flight, and all later ones, end with a `ClosedFault`. */
  close(): void
}

/** The properties of an admin client, by Kafka's names. */
export interface AdminProperties {
  /** The time limit of each call, including its retries. @default 60000 */
  readonly 'default.api.timeout.ms'?: number
}

/** The brokers of a cluster. */
export interface ClusterDescription {
  /** null if the broker sends none */
  readonly clusterId: string | null
  /** The node ID of the controller, as the brokers report it; null if there is none. */
  readonly controller: number | null
  readonly brokers: readonly { readonly nodeId: number; readonly host: string; readonly port: number }[]
}

/** A topic and its partitions, in the order of their numbers. */
export interface TopicDescription {
  readonly topic: string
  /** In Kafka's notation; null if the broker sends none. */
  readonly topicId: string | null
  /** whether it is an internal topic of Kafka's, such as `__consumer_offsets` */
  readonly internal: boolean
  readonly partitions: readonly {
    readonly partition: number
    /** node ID; null if there is no leader at the moment */
    readonly leader: number | null
    /** node IDs, the preferred leader first */
    readonly replicas: readonly number[]
  }[]
}

/** The number of partitions that a topic should have. */
export interface PartitionCount {
  readonly topic: string
  readonly partitions: number
}

/** The beginning of a partition's log, which `deleteRecords` removes. */
export interface RecordsToDelete extends TopicPartition {
  /** the first offset that stays */
  readonly before: bigint | 'end'
}

/**
 * A position in a log, independent of a group. A timestamp, in ms, means the first record at or after it, otherwise the end.
 */
export type LogPosition = 'beginning' | 'end' | { readonly timestamp: number }

/** The position in a partition's log that `listOffsets` looks up. */
export interface OffsetQuery extends TopicPartition {
  readonly at: LogPosition
}

/**
 * The kind of a group: `classic` and `consumer` are consumer groups of these protocols, `share` is a share group, and `streams`
 * is a group of Kafka Streams. `unknown`: a newer broker has a kind without a name here.
 */
export type GroupType = 'classic' | 'consumer' | 'share' | 'streams' | 'unknown'

/** A group, as `listGroups` returns it. */
export interface ListedGroup {
  readonly groupId: string
  /** `classic` for brokers before Kafka 3.8, which do not send the type: they have no other */
  readonly type: GroupType
  /** `consumer`, or `share`; empty for a group that never had members */
  readonly protocolType: string
  /** Kafka's name, such as `Stable` or `Empty` */
  readonly state: string
}

/** The progress of a share group in a partition. */
export interface ShareGroupOffset extends TopicPartition {
  /**
   * The first record that is neither acknowledged nor archived; later records may be completed already. Kafka stores it with
   * the next acknowledgement (4.3.1, tried), so it may be older than the lag.
   */
  readonly offset: bigint
  /** Records that are neither acknowledged nor archived (KIP-1226); null if the broker does not know the number. */
  readonly lag: bigint | null
}

/** A group and its members, as `describeGroups` returns it. */
export interface DescribedGroup {
  readonly groupId: string
  /** null for a group that does not exist */
  readonly type: GroupType | null
  /**
   * Kafka's name: `Stable`, `PreparingRebalance`, `CompletingRebalance`, `Empty`, `Dead`; under the consumer protocol
   * `Assigning` and `Reconciling` instead of the second and third
   */
  readonly state: string
  readonly protocolType: string
  /** the assignment strategy, or the brokers' assignor; empty without members */
  readonly protocol: string
  readonly members: readonly {
    readonly memberId: string
    readonly clientId: string
    readonly host: string
    /** null if it cannot be read */
    readonly assignment: readonly TopicPartition[] | null
  }[]
}

/** The owner of a configuration. A broker's name is its node ID, a group's its group ID (Kafka 4.0). */
export interface ConfigOwner {
  readonly type: 'topic' | 'broker' | 'group'
  readonly name: string
}

/** A topic, broker or group whose configuration `describeConfigs` reads. */
export interface ConfigResource extends ConfigOwner {
  /** Returns only these properties. @default all */
  readonly only?: readonly string[]
}

/** A configuration, as `describeConfigs` returns it. */
export interface DescribedConfig extends ConfigOwner {
  /** sorted by name */
  readonly entries: readonly ConfigEntry[]
}

/** A property of a configuration, and the source of its value. */
export interface ConfigEntry {
  readonly name: string
  /** null if it is not set, or secret */
  readonly value: string | null
  /** where the value comes from */
  readonly source: 'topic' | 'broker' | 'cluster' | 'file' | 'default' | 'group' | 'other'
  /** a secret: brokers never return its value */
  readonly sensitive: boolean
  /** cannot be changed while the broker runs */
  readonly readOnly: boolean
}

/** The changes of `alterConfigs`; unnamed properties keep their values. */
export interface ConfigChange extends ConfigOwner {
  /** New values, by property names. */
  readonly set?: Readonly<Record<string, string>>
  /** Properties to reset to their defaults. */
  readonly unset?: readonly string[]
}

/** `UNKNOWN` occurs only in results: a newer broker has a type without a name here. */
export type AclResource = 'TOPIC' | 'GROUP' | 'CLUSTER' | 'TRANSACTIONAL_ID' | 'DELEGATION_TOKEN' | 'USER' | 'UNKNOWN'
/** `UNKNOWN` occurs only in results: a newer broker has an operation without a name here. */
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
  /** whether the name is that of the resource, or a prefix */
  readonly pattern: 'LITERAL' | 'PREFIXED'
  /** such as `User:billing`; `User:*` for all */
  readonly principal: string
  /** `*` for all */
  readonly host: string
  readonly operation: AclOperation
  readonly permission: 'ALLOW' | 'DENY'
}

/** A filter for ACLs; omitted fields match anything. `MATCH` matches every pattern that applies to the name. */
export interface AclFilter extends Partial<Omit<Acl, 'pattern'>> {
  readonly pattern?: Acl['pattern'] | 'MATCH'
}
