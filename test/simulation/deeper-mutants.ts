import { PartitionCommits } from '../../src/sources/consumer/partition-commits.js'
import { PartitionLifecycle } from '../../src/core/partition/partition-lifecycle.js'
import type { PartitionEffect, PartitionEvent } from '../../src/core/partition/partition-messages.js'
import type { ReadingStart } from '../../src/core/partition/reading-start.js'
import { PartitionDelivery } from '../../src/sources/consumer/partition-delivery.js'
import { StartLookups } from '../../src/sources/consumer/start-lookups.js'
import { ChosenPartitions } from '../../src/core/group/chosen-partitions.js'
import { TopicIds } from '../../src/core/fetching/topic-ids.js'
import { AssignedFrom } from '../../src/engine/group/assigned-from.js'
import { ReturnedMember } from '../../src/engine/group/returned-member.js'
import { claimsDrained } from './claims-drained.js'
import { type Mutant, takenForStored } from './mutants.js'
import { patchMethod } from './patch.js'

interface DeliveryInternals {
  readonly subscriber: { complete(): void } | null
}

/** Bugs that plain schedules cannot show: of seeks, refused commits, and members that are asked to leave from within. */
export const deeperMutants: readonly Mutant[] = [
  claimsDrained,
  {
    name: 'takes the answer to a look-up that a seek has overtaken',
    caughtBy: 'a stream goes on where it was sought to',
    themes: ['seeks'],
    plant: () => [
      patchMethod<{ readonly current: string }, [number], boolean>(
        PartitionLifecycle,
        'awaits',
        ({ current }) => current === 'locating' || current === 'reading'
      ),
      patchMethod(StartLookups, 'forget', () => undefined)
    ]
  },
  {
    name: 'lets the committed offset overrule a seek that came before it',
    caughtBy: 'a stream goes on where it was sought to',
    themes: ['seeks'],
    plant: () => [
      patchMethod<PartitionLifecycle, [PartitionEvent, number], readonly PartitionEffect[]>(
        PartitionLifecycle,
        'handle',
        ({ reading }, original, event, now) =>
          event._tag === 'assigned' && reading.cursor > 0
            ? [{ _tag: 'locate', cursor: reading.cursor, position: null }]
            : original(event, now)
      )
    ]
  },
  {
    name: 'forgets what a refused commit was to store',
    caughtBy: 'at the end nothing lags',
    themes: ['refusals'],
    plant: () => [takenForStored('dropped')]
  },
  {
    name: 'completes its stream while a record is passed on',
    caughtBy: 'a drain waits for the work under way until its deadline',
    themes: ['odd leaving'],
    plant: () => [
      patchMethod<DeliveryInternals, [], unknown>(PartitionDelivery, 'complete', ({ subscriber }) => {
        subscriber?.complete()
      })
    ]
  },
  {
    name: 'commits no position that nothing was consumed from',
    caughtBy: 'what is acknowledged is committed within the interval',
    themes: ['latest'],
    plant: () => [
      patchMethod<PartitionCommits, [ReadingStart], unknown>(PartitionCommits, 'begin', (_commits, original, start) => {
        original({ ...start, startCommit: 'never' })
      })
    ]
  },
  {
    name: 'takes the share that it comes back to for all that it is to have',
    caughtBy: 'every partition has one owner at rest',
    themes: ['topics', 'static'],
    plant: () => [patchMethod(ReturnedMember, 'checkWhole', () => undefined)]
  },
  {
    name: 'goes on in a topic that was made again where it was in the former one',
    caughtBy: 'every record is acknowledged at least once',
    themes: ['recreated'],
    plant: () => [
      patchMethod<TopicIds, [string, string | null], unknown>(TopicIds, 'learn', (_ids, original, topic, id) => {
        const described = original(topic, id)
        return described === 'recreated' ? 'the same' : described
      })
    ]
  },
  {
    name: 'watches only its own topics as the leader of a group',
    caughtBy: 'every partition has one owner at rest',
    themes: ['topics'],
    plant: () => [
      patchMethod<AssignedFrom, [boolean, readonly string[]], unknown>(
        AssignedFrom,
        'joined',
        (_from, original, leads) => {
          original(leads, [])
        }
      )
    ]
  },
  {
    name: 'begins in a partition that is chosen again before its former reading has ended',
    caughtBy: 'assigned and revoked alternate',
    themes: ['by hand'],
    plant: () => [
      patchMethod<{ readonly held: Map<string, unknown>; readonly revoked: ReadonlySet<string> }, [], unknown>(
        ChosenPartitions,
        'begin',
        ({ held, revoked }, original) => {
          for (const key of revoked) held.delete(key)
          return original()
        }
      )
    ]
  }
]
