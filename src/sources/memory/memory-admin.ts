import { type Either, left, right } from 'fp-ts/lib/Either.js'
import { defer, Observable, of } from 'rxjs'
import { brokerFault, errorCode } from '../../core/protocol/error-code.js'
import type { Committed } from '../../model/committed.js'
import type { Fault } from '../../model/fault.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import type { EitherAdmin, ConfigChange, DescribedGroup, LogPosition, TopicDescription } from '../../ports/admin.js'
import type { NewTopic } from '../../ports/new-topic.js'
import type { Step } from '../../ports/step.js'
import type { BrokerModel } from './broker-model.js'
import { type GroupState, isUnused } from './group-description.js'
import { memoryAddress } from './memory-connection.js'
import { memoryNode } from './memory-metadata.js'
import { refuseTopic } from './refuse-topic.js'

/**
 * The admin client of the embedded cluster: topics, groups, offsets and configurations are the model's, answers come a turn
 * later. It has no authorizer, and of configurations it knows only what was set.
 */
export const memoryAdmin = (model: BrokerModel): EitherAdmin => {
  let closed = false

  /** As over a wire: done when it is asked, answered a turn later. */
  const step = <A>(run: () => Either<Fault, A>): Step<A> =>
    defer(() => {
      if (closed) return of(left<Fault>({ _tag: 'ClosedFault', what: 'the admin client' }))
      const answer = run()
      return new Observable<Either<Fault, A>>((subscriber) => {
        subscriber.add(
          model.clock.turn(() => {
            subscriber.next(closed ? left({ _tag: 'ClosedFault', what: 'the admin client' }) : answer)
            subscriber.complete()
          })
        )
      })
    })

  /** Does what can be done; gives the fault of the first item that was refused. */
  const each = <I>(items: readonly I[], run: (item: I) => Fault | null): Either<Fault, void> => {
    const fault = items.map(run).find((one) => one !== null)
    return fault === undefined ? right(undefined) : left(fault)
  }

  const unknownTopic = (api: string, topic: string, partition?: number): Fault =>
    brokerFault(api, errorCode.UNKNOWN_TOPIC_OR_PARTITION, topic, partition)
  const noAuthorizer = (api: string): Step<never> => step(() => left(brokerFault(api, errorCode.SECURITY_DISABLED)))

  const offsetAt = (place: TopicPartition, at: LogPosition): Either<Fault, Committed> => {
    const log = model.log(place)
    const { topic, partition } = place
    if (log === undefined)
      return left(unknownTopic('Metadata', topic, model.partitionsOf(topic) > 0 ? partition : undefined))
    const found = at === 'beginning' ? log.logStart : at === 'end' ? log.logEnd : log.offsetAt(at.timestamp)
    return right({ topic, partition, offset: found ?? log.logEnd })
  }

  const storeOffsets = (
    groupId: string,
    offsets: readonly (Committed & { readonly metadata?: string })[]
  ): Either<Fault, void> => {
    // prettier-ignore
    const refused = model.mayCommit({ groupId, generation: -1, memberId: '', groupInstanceId: null })
    return each(offsets, ({ topic, partition, offset, metadata = '' }) => {
      const code = model.log({ topic, partition }) === undefined ? errorCode.UNKNOWN_TOPIC_OR_PARTITION : errorCode.NONE
      const fault = refused === errorCode.NONE ? code : refused
      if (fault === errorCode.NONE)
        model.offsets(groupId).store({ topic, partition }, { offset, leaderEpoch: -1, metadata })
      const message = refused === errorCode.NONE ? undefined : `the group ${groupId} has members; end them first`
      return fault === errorCode.NONE ? null : brokerFault('OffsetCommit', fault, topic, partition, message)
    })
  }

  return {
    describeCluster: () =>
      step(() =>
        right({
          clusterId: 'memory',
          controller: memoryNode,
          brokers: [{ nodeId: memoryNode, host: memoryAddress, port: 0 }]
        })
      ),
    listTopics: () => step(() => right([...model.topics].sort())),
    describeTopics: (topics) =>
      step(() => {
        const missing = topics.find((topic) => model.partitionsOf(topic) === 0)
        return missing === undefined
          ? right(topics.map((topic) => describeTopic(model, topic)))
          : left(unknownTopic('Metadata', missing))
      }),
    createTopics: (topics) => step(() => each(topics, (topic) => createNew(model, topic))),
    deleteTopics: (topics) =>
      step(() =>
        each(topics, (topic) => {
          if (model.partitionsOf(topic) === 0) return unknownTopic('DeleteTopics', topic)
          model.deleteTopic(topic)
          return null
        })
      ),
    createPartitions: (topics) =>
      step(() =>
        each(topics, ({ topic, partitions }) => {
          const now = model.partitionsOf(topic)
          if (now === 0) return brokerFault('CreatePartitions', errorCode.UNKNOWN_TOPIC_OR_PARTITION, topic)
          const why = `The topic ${topic} currently has ${String(now)} partition(s); ${String(partitions)} would not be an increase.`
          if (partitions <= now)
            return brokerFault('CreatePartitions', errorCode.INVALID_PARTITIONS, topic, undefined, why)
          model.createTopic(topic, partitions)
          return null
        })
      ),
    deleteRecords: (partitions) =>
      step(() =>
        each(partitions, ({ topic, partition, before }) => {
          const log = model.log({ topic, partition })
          if (log === undefined) return unknownTopic('DeleteRecords', topic, partition)
          const offset = before === 'end' ? log.logEnd : before
          if (offset > log.logEnd) return brokerFault('DeleteRecords', errorCode.OFFSET_OUT_OF_RANGE, topic, partition)
          log.deleteBefore(offset)
          return null
        })
      ),
    listOffsets: (queries) =>
      step(() => {
        const found: Committed[] = []
        for (const { at, ...place } of queries) {
          const offset = offsetAt(place, at)
          if (offset._tag === 'Left') return offset
          found.push(offset.right)
        }
        return right(found)
      }),
    listGroups: () =>
      step(() =>
        right([...model.groupIds].sort().map((groupId) => ({ groupId, protocolType: protocolTypeOf(model, groupId) })))
      ),
    describeGroups: (groupIds) => step(() => right(groupIds.map((groupId) => describeGroup(model, groupId)))),
    deleteGroups: (groupIds) =>
      step(() =>
        each(groupIds, (groupId) => {
          const refused = (code: number): Fault => brokerFault('DeleteGroups', code, undefined, undefined, groupId)
          if (!model.groupIds.includes(groupId)) return refused(errorCode.GROUP_ID_NOT_FOUND)
          if (model.describeGroup(groupId).state !== 'Empty') return refused(errorCode.NON_EMPTY_GROUP)
          model.deleteGroup(groupId)
          return null
        })
      ),
    fetchOffsets: (groupId) =>
      step(() => {
        const stored = model.topics.flatMap((topic) =>
          Array.from({ length: model.partitionsOf(topic) }, (_, partition) => ({ topic, partition }))
        )
        return right(
          stored
            .sort((one, other) =>
              one.topic === other.topic ? one.partition - other.partition : one.topic < other.topic ? -1 : 1
            )
            .flatMap((place) => {
              const found = model.storedOffset(groupId, place)
              return found === undefined ? [] : [{ ...place, offset: found.offset, metadata: found.metadata }]
            })
        )
      }),
    setOffsets: (groupId, offsets) => step(() => storeOffsets(groupId, offsets)),
    resetOffsets: (groupId, topics, to) =>
      step(() => {
        const offsets: Committed[] = []
        for (const topic of topics) {
          const count = model.partitionsOf(topic)
          if (count === 0) return left(unknownTopic('Metadata', topic))
          for (let partition = 0; partition < count; partition++) {
            const offset = offsetAt({ topic, partition }, to)
            if (offset._tag === 'Left') return offset
            offsets.push(offset.right)
          }
        }
        const stored = storeOffsets(groupId, offsets)
        return stored._tag === 'Left' ? stored : right(offsets)
      }),
    describeConfigs: (resources) =>
      step(() => {
        const missing = resources.find(({ type, name }) => type === 'topic' && model.configOf(name) === null)
        if (missing !== undefined)
          return left(
            brokerFault('DescribeConfigs', errorCode.UNKNOWN_TOPIC_OR_PARTITION, undefined, undefined, missing.name)
          )
        return right(
          resources.map(({ type, name, only }) => {
            const set = Object.entries((type === 'topic' ? model.configOf(name) : null) ?? {})
            const entries = set
              .filter(([key]) => only?.includes(key) ?? true)
              .map(([key, value]) => ({
                name: key,
                value,
                source: 'topic' as const,
                sensitive: false,
                readOnly: false
              }))
              .sort((one, other) => (one.name < other.name ? -1 : 1))
            return { type, name, entries }
          })
        )
      }),
    alterConfigs: (changes) => step(() => each(changes, (change) => configure(model, change))),
    describeAcls: () => noAuthorizer('DescribeAcls'),
    createAcls: () => noAuthorizer('CreateAcls'),
    deleteAcls: () => noAuthorizer('DeleteAcls'),
    close: () => {
      closed = true
    }
  }
}

const createNew = (model: BrokerModel, wanted: NewTopic): Fault | null => {
  const { topic, partitions, config } = wanted
  const refused = refuseTopic(wanted)
  if (refused !== null) return refused
  if (model.partitionsOf(topic) > 0)
    return brokerFault(
      'CreateTopics',
      errorCode.TOPIC_ALREADY_EXISTS,
      topic,
      undefined,
      `Topic '${topic}' already exists.`
    )
  model.createTopic(topic, partitions, config)
  return null
}

const configure = (model: BrokerModel, { type, name, set = {}, unset = [] }: ConfigChange): Fault | null => {
  if (type === 'broker')
    return brokerFault(
      'IncrementalAlterConfigs',
      errorCode.INVALID_REQUEST,
      name,
      undefined,
      'the embedded broker has no configuration'
    )
  const now = model.configOf(name)
  if (now === null) return brokerFault('IncrementalAlterConfigs', errorCode.UNKNOWN_TOPIC_OR_PARTITION, name)
  const kept = Object.entries({ ...now, ...set }).filter(([key]) => !unset.includes(key))
  model.configure(name, Object.fromEntries(kept))
  return null
}

const describeTopic = (model: BrokerModel, topic: string): TopicDescription => ({
  topic,
  topicId: model.idOf(topic),
  internal: false,
  partitions: Array.from({ length: model.partitionsOf(topic) }, (_, partition) => ({
    partition,
    leader: memoryNode,
    replicas: [memoryNode]
  }))
})

/** Of a group that never had members Kafka knows none. */
const protocolTypeOf = (model: BrokerModel, groupId: string): string =>
  isUnused(model.describeGroup(groupId)) ? '' : 'consumer'

const describeGroup = (model: BrokerModel, groupId: string): DescribedGroup => {
  if (!model.groupIds.includes(groupId)) return { groupId, state: 'Dead', protocolType: '', protocol: '', members: [] }
  const { state, protocol, members } = model.describeGroup(groupId)
  return {
    groupId,
    state,
    protocolType: protocolTypeOf(model, groupId),
    protocol: isSettled(state) ? (protocol ?? '') : '',
    members: members.map(({ memberId, assignment }) => ({
      memberId,
      clientId: memoryAddress,
      host: memoryAddress,
      assignment
    }))
  }
}

const isSettled = (state: GroupState): boolean => state === 'Stable' || state === 'Assigning' || state === 'Reconciling'
