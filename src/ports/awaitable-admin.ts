import type { Awaitable } from '../model/awaitable.js'
import type { EitherAdmin } from './admin.js'
import { awaitableStep } from './awaitable-step.js'
import type { Step } from './step.js'

/** The methods of an `EitherAdmin` with awaitable results. */
export type AwaitableMethods<T> = {
  readonly [Name in keyof T]: T[Name] extends (...given: infer Given) => Step<infer A>
    ? (...given: Given) => Awaitable<A>
    : T[Name]
}

/**
 * Administers a cluster: topics, groups and their offsets, configurations, ACLs.
 *
 * - Each method returns an `Awaitable`: it begins when it is awaited or subscribed to, returns one value, or fails with a
 *   `ConsumerError`. Without an await or a subscription it does nothing.
 * - An invalid argument is a `ConfigFault` that names it, before anything is sent. A refusal by Kafka is a `BrokerFault` with
 *   Kafka's name of the code, or an `AuthorizationFault`. A call that takes longer than `default.api.timeout.ms` is a
 *   `TimeoutFault`; its request may still take effect.
 * - Like Kafka, a request for several items performs those that it can; the fault is that of the first refused item.
 * - Connections are opened by the first call that needs them, shared by calls, and closed a second after the last call.
 *
 * @example
 * const admin = kafka({ 'bootstrap.servers': 'localhost:9092' }).admin()
 * await admin.createTopics([{ topic: 'orders', partitions: 6 }])
 * console.log(await admin.listTopics())
 * admin.close()
 */
export interface Admin extends AwaitableMethods<EitherAdmin>, AsyncDisposable {
  readonly _tag: 'Admin'
  /** The same calls with faults as data: each method returns an Observable of one `Either`, and never errors. */
  readonly either: EitherAdmin
}

/** The same calls with awaitable results. */
export const awaitableAdmin = (either: EitherAdmin, close: () => void): Admin => ({
  _tag: 'Admin',
  either,
  describeCluster: () => awaitableStep(either.describeCluster()),
  listTopics: () => awaitableStep(either.listTopics()),
  describeTopics: (topics) => awaitableStep(either.describeTopics(topics)),
  createTopics: (topics) => awaitableStep(either.createTopics(topics)),
  deleteTopics: (topics) => awaitableStep(either.deleteTopics(topics)),
  createPartitions: (topics) => awaitableStep(either.createPartitions(topics)),
  deleteRecords: (partitions) => awaitableStep(either.deleteRecords(partitions)),
  listOffsets: (partitions) => awaitableStep(either.listOffsets(partitions)),
  listGroups: () => awaitableStep(either.listGroups()),
  describeGroups: (groupIds) => awaitableStep(either.describeGroups(groupIds)),
  deleteGroups: (groupIds) => awaitableStep(either.deleteGroups(groupIds)),
  fetchOffsets: (groupId) => awaitableStep(either.fetchOffsets(groupId)),
  setOffsets: (groupId, offsets) => awaitableStep(either.setOffsets(groupId, offsets)),
  resetOffsets: (groupId, topics, to) => awaitableStep(either.resetOffsets(groupId, topics, to)),
  fetchShareOffsets: (groupId) => awaitableStep(either.fetchShareOffsets(groupId)),
  setShareOffsets: (groupId, offsets) => awaitableStep(either.setShareOffsets(groupId, offsets)),
  deleteShareOffsets: (groupId, topics) => awaitableStep(either.deleteShareOffsets(groupId, topics)),
  describeConfigs: (resources) => awaitableStep(either.describeConfigs(resources)),
  alterConfigs: (changes) => awaitableStep(either.alterConfigs(changes)),
  describeAcls: (filter) => awaitableStep(either.describeAcls(filter)),
  createAcls: (acls) => awaitableStep(either.createAcls(acls)),
  deleteAcls: (filter) => awaitableStep(either.deleteAcls(filter)),
  close,
  [Symbol.asyncDispose]: () => {
    close()
    return Promise.resolve()
  }
})
