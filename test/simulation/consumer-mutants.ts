import { isLeft, right } from 'fp-ts/lib/Either.js'
import { map } from 'rxjs'
import { Heartbeats } from '../../src/core/group/consumer-protocol/heartbeats.js'
import { IdentifiedPartitions } from '../../src/core/group/consumer-protocol/identified-partitions.js'
import { Reconciliation } from '../../src/core/group/consumer-protocol/reconciliation.js'
import { TargetAssignment } from '../../src/core/group/consumer-protocol/target-assignment.js'
import type { TopicIdPartition } from '../../src/core/group/consumer-protocol/topic-id-partition.js'
import { OwnedPartitions } from '../../src/core/group/owned-partitions.js'
import { keyOf } from '../../src/model/topic-partition.js'
import { claimsDrained } from './claims-drained.js'
import type { Mutant } from './mutants.js'
import { patchGetter, patchMethod } from './patch.js'

interface Identified {
  readonly ownedPartitions: IdentifiedPartitions['ownedPartitions']
  readonly ids: ReadonlyMap<string, TopicIdPartition>
  readonly target: TargetAssignment
}

/** Bugs of a member by the consumer protocol that schedules have to show. */
export const consumerMutants: readonly Mutant[] = [
  claimsDrained,
  {
    name: 'tells its group that it has released what it still drains',
    caughtBy: 'a partition has one owner among members that are not fenced',
    plant: () => [
      patchGetter<Identified, readonly TopicIdPartition[]>(
        IdentifiedPartitions,
        'owned',
        ({ ownedPartitions, ids, target }) => [
          ...ownedPartitions.staying.flatMap((one) => ids.get(keyOf(one)) ?? []),
          ...target.unresolved
        ]
      ),
      patchGetter<IdentifiedPartitions['ownedPartitions'], boolean>(
        // Its list goes out at once.
        OwnedPartitions,
        'isDraining',
        () => false
      )
    ]
  },
  {
    name: 'keeps what its group has fenced it from',
    caughtBy: 'a member ends only when it is asked to',
    plant: () => [patchMethod(Reconciliation, 'lose', () => [])]
  },
  {
    name: 'takes the refusal of a stale member for the answer that nothing is committed',
    caughtBy: 'a stream begins at the committed offset',
    sabotage: {
      calls: (calls) => ({
        ...calls,
        offsetFetch: (groupId, partitions, member) =>
          calls.offsetFetch(groupId, partitions, member).pipe(
            map((answer) =>
              isLeft(answer) || answer.right.code === 0
                ? answer
                : right({
                    code: 0,
                    offsets: partitions.map((one) => ({ ...one, code: 0, offset: -1n, leaderEpoch: -1, metadata: '' }))
                  })
            )
          )
      })
    }
  },
  {
    name: 'goes on with a topic that was made again as if it had been assigned',
    caughtBy: 'nothing is committed of what another member holds',
    themes: ['recreated', 'recreated', 'recreated', 'recreated'],
    plant: () => [
      patchMethod<{ readonly names: Map<string, string> }, [ReadonlyMap<string, string>], unknown>(
        TargetAssignment,
        'learn',
        ({ names }, original, given) => {
          const before = [...names]
          original(given)
          for (const [id, name] of before) names.set(id, name)
        }
      ),
      patchMethod<Identified, [{ readonly topic: string; readonly partition: number }], unknown>(
        IdentifiedPartitions,
        'ownershipOf',
        ({ ownedPartitions }, _original, partition) => ownedPartitions.ownershipOf(partition)
      )
    ]
  },
  {
    name: 'says after a lost answer only what has changed',
    caughtBy: 'a member ends only when it is asked to',
    plant: () => [patchMethod(Heartbeats, 'forget', () => undefined)]
  }
]
