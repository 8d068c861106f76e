import { left } from 'fp-ts/lib/Either.js'
import { of } from 'rxjs'
import {
  problemsWithAcls,
  problemsWithChanges,
  problemsWithCounts,
  problemsWithDeletions,
  problemsWithFilter,
  problemsWithGroup,
  problemsWithLogPosition,
  problemsWithNames,
  problemsWithQueries,
  problemsWithResources
} from '../config/check-admin.js'
import { problemsWithOffsets, problemsWithTopics } from '../config/check-places.js'
import type { ConfigProblem, Fault } from '../model/fault.js'
import type { EitherAdmin } from './admin.js'
import type { Step } from './step.js'

/** An admin client that checks its arguments before it sends a request; a `ConfigFault` says what is invalid. */
export const checkedAdmin = (admin: EitherAdmin): EitherAdmin => ({
  describeCluster: () => admin.describeCluster(),
  listTopics: () => admin.listTopics(),
  describeTopics: (topics) =>
    checked(problemsWithNames('describeTopics: topics', topics), () => admin.describeTopics(topics)),
  createTopics: (topics) =>
    checked(problemsWithTopics('createTopics: topics', topics), () => admin.createTopics(topics)),
  deleteTopics: (topics) =>
    checked(problemsWithNames('deleteTopics: topics', topics), () => admin.deleteTopics(topics)),
  createPartitions: (topics) =>
    checked(problemsWithCounts('createPartitions: topics', topics), () => admin.createPartitions(topics)),
  deleteRecords: (partitions) =>
    checked(problemsWithDeletions('deleteRecords: partitions', partitions), () => admin.deleteRecords(partitions)),
  listOffsets: (partitions) =>
    checked(problemsWithQueries('listOffsets: partitions', partitions), () => admin.listOffsets(partitions)),
  listGroups: () => admin.listGroups(),
  describeGroups: (groupIds) =>
    checked(problemsWithNames('describeGroups: groupIds', groupIds), () => admin.describeGroups(groupIds)),
  deleteGroups: (groupIds) =>
    checked(problemsWithNames('deleteGroups: groupIds', groupIds), () => admin.deleteGroups(groupIds)),
  fetchOffsets: (groupId) =>
    checked(problemsWithGroup('fetchOffsets: groupId', groupId), () => admin.fetchOffsets(groupId)),
  setOffsets: (groupId, offsets) =>
    checked(
      [...problemsWithGroup('setOffsets: groupId', groupId), ...problemsWithOffsets('setOffsets: offsets', offsets)],
      () => admin.setOffsets(groupId, offsets)
    ),
  resetOffsets: (groupId, topics, to) =>
    checked(
      [
        ...problemsWithGroup('resetOffsets: groupId', groupId),
        ...problemsWithNames('resetOffsets: topics', topics),
        ...problemsWithLogPosition('resetOffsets: to', to)
      ],
      () => admin.resetOffsets(groupId, topics, to)
    ),
  ...checkedShareOffsets(admin),
  describeConfigs: (resources) =>
    checked(problemsWithResources('describeConfigs: resources', resources), () => admin.describeConfigs(resources)),
  alterConfigs: (changes) =>
    checked(problemsWithChanges('alterConfigs: changes', changes), () => admin.alterConfigs(changes)),
  describeAcls: (filter = {}) =>
    checked(problemsWithFilter('describeAcls: filter', filter), () => admin.describeAcls(filter)),
  createAcls: (acls) => checked(problemsWithAcls('createAcls: acls', acls), () => admin.createAcls(acls)),
  deleteAcls: (filter) => checked(problemsWithFilter('deleteAcls: filter', filter), () => admin.deleteAcls(filter)),
  close: () => {
    admin.close()
  }
})

const checked = <A>(problems: readonly ConfigProblem[], run: () => Step<A>): Step<A> =>
  problems.length === 0 ? run() : of(left<Fault>({ _tag: 'ConfigFault', problems }))

const checkedShareOffsets = (
  admin: EitherAdmin
): Pick<EitherAdmin, 'fetchShareOffsets' | 'setShareOffsets' | 'deleteShareOffsets'> => ({
  fetchShareOffsets: (groupId) =>
    checked(problemsWithGroup('fetchShareOffsets: groupId', groupId), () => admin.fetchShareOffsets(groupId)),
  setShareOffsets: (groupId, offsets) =>
    checked(
      [
        ...problemsWithGroup('setShareOffsets: groupId', groupId),
        ...problemsWithOffsets('setShareOffsets: offsets', offsets)
      ],
      () => admin.setShareOffsets(groupId, offsets)
    ),
  deleteShareOffsets: (groupId, topics) =>
    checked(
      [
        ...problemsWithGroup('deleteShareOffsets: groupId', groupId),
        ...problemsWithNames('deleteShareOffsets: topics', topics)
      ],
      () => admin.deleteShareOffsets(groupId, topics)
    )
})
