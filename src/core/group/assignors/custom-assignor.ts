import { type Either, left, right } from 'fp-ts/lib/Either.js'
import type { AssignableMember, Assignment, Assignor, PartitionRacks } from '../../../model/assignor.js'
import type { AssignorFault } from '../../../model/fault.js'
import { partitionKey, type TopicPartition } from '../../../model/topic-partition.js'

/** Calls an assignor's `assign`; an invalid result becomes a fault that says so. */
export const assignedBy = (
  assignor: Assignor,
  isOwn: boolean,
  members: readonly AssignableMember[],
  topics: ReadonlyMap<string, PartitionRacks>
): Either<AssignorFault, Assignment> => {
  const fault = (reason: string, cause?: unknown): Either<AssignorFault, never> =>
    left({ _tag: 'AssignorFault', assignor: assignor.name, reason, ...(cause === undefined ? {} : { cause }) })
  let given: unknown
  try {
    given = assignor.assign(members, topics)
  } catch (cause) {
    return fault('assign threw', cause)
  }
  if (isOwn) return right(given as Assignment)
  const problem = problemWith(given, members, topics)
  if (problem !== null) return fault(problem)
  const assignment = given as Assignment
  return right(assignor.protocol === 'cooperative' ? withoutWhatOthersOwn(assignment, members) : assignment)
}

/** Calls an assignor for its user data. */
export const userDataBy = (
  assignor: Assignor,
  lastAssigned: readonly TopicPartition[],
  generation: number
): Either<AssignorFault, Uint8Array | null> => {
  const fault = (reason: string, cause?: unknown): Either<AssignorFault, never> =>
    left({ _tag: 'AssignorFault', assignor: assignor.name, reason, ...(cause === undefined ? {} : { cause }) })
  try {
    const data: unknown = assignor.userData?.(lastAssigned, generation) ?? null
    return data === null || data instanceof Uint8Array ? right(data) : fault('userData returned neither bytes nor null')
  } catch (cause) {
    return fault('userData threw', cause)
  }
}

const problemWith = (
  assignment: unknown,
  members: readonly AssignableMember[],
  topics: ReadonlyMap<string, PartitionRacks>
): string | null => {
  if (!(assignment instanceof Map)) return 'assign returned no Map'
  const subscribed = new Map(members.map((member) => [member.memberId, new Set(member.topics)]))
  const taken = new Set<string>()
  for (const [memberId, places] of assignment as ReadonlyMap<unknown, unknown>) {
    const subscription = subscribed.get(memberId as string)
    if (subscription === undefined) return `assign returned ${String(memberId)}, which is not a member`
    if (!Array.isArray(places)) return `assign returned no list of partitions for ${String(memberId)}`
    for (const place of places as readonly unknown[]) {
      if (!isPlace(place)) return `assign returned something other than a partition for ${String(memberId)}`
      const key = partitionKey(place.topic, place.partition)
      if (!subscription.has(place.topic))
        return `assign returned ${key} for ${String(memberId)}, which is not subscribed to the topic`
      if ((topics.get(place.topic)?.length ?? 0) <= place.partition)
        return `assign returned ${key}, which does not exist`
      if (taken.has(key)) return `assign returned ${key} twice`
      taken.add(key)
    }
  }
  return null
}

const isPlace = (value: unknown): value is TopicPartition =>
  typeof value === 'object' &&
  value !== null &&
  'topic' in value &&
  typeof value.topic === 'string' &&
  'partition' in value &&
  Number.isSafeInteger(value.partition) &&
  Number(value.partition) >= 0

/** A partition that another member owns is not assigned in this round; once it is released, the group assigns again. */
const withoutWhatOthersOwn = (assignment: Assignment, members: readonly AssignableMember[]): Assignment => {
  const owners = new Map<string, Set<string>>()
  for (const { memberId, owned } of members)
    for (const { topic, partition } of owned) {
      const key = partitionKey(topic, partition)
      owners.set(key, (owners.get(key) ?? new Set()).add(memberId))
    }
  return new Map(
    [...assignment].map(([memberId, places]) => [
      memberId,
      places.filter(({ topic, partition }) =>
        [...(owners.get(partitionKey(topic, partition)) ?? [])].every((owner) => owner === memberId)
      )
    ])
  )
}
