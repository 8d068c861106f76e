import { FlowCommits } from '../../src/sources/consumer/flow-commits.js'
import type { FlowStart } from '../../src/sources/consumer/flow-start.js'
import { FlowListener } from '../../src/sources/consumer/flow-listener.js'
import { FlowStarts } from '../../src/sources/consumer/flow-starts.js'
import { PartitionFlow } from '../../src/sources/consumer/partition-flow.js'
import { TopicIds } from '../../src/core/fetching/topic-ids.js'
import { AssignedFrom } from '../../src/engine/group/assigned-from.js'
import { GroupShell } from '../../src/engine/group/group-shell.js'
import { type Mutant, takenForStored } from './mutants.js'
import { patchMethod } from './patch.js'

interface ListenerInternals {
  readonly current: { complete(): void } | null
}

interface StartsInternals {
  readonly asked: Map<PartitionFlow, unknown>
}

/** Bugs that plain schedules cannot show: of seeks, refused commits, and members that are asked to leave from within. */
export const deeperMutants: readonly Mutant[] = [
  {
    name: 'takes the answer to a look-up that a seek has overtaken',
    caughtBy: 'a stream goes on where it was sought to',
    themes: ['seeks'],
    plant: () => [
      patchMethod<{ readonly state: string }, [number], boolean>(
        PartitionFlow,
        'awaits',
        ({ state }) => state !== 'ended'
      ),
      patchMethod(FlowStarts, 'forget', () => undefined)
    ]
  },
  {
    name: 'lets the committed offset overrule a seek that came before it',
    caughtBy: 'a stream goes on where it was sought to',
    themes: ['seeks'],
    plant: () => [
      patchMethod<StartsInternals, [readonly PartitionFlow[]], unknown>(
        FlowStarts,
        'begin',
        (starts, original, flows) => {
          for (const flow of flows) starts.asked.delete(flow)
          original(flows)
        }
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
      patchMethod<ListenerInternals, [], unknown>(FlowListener, 'complete', ({ current }) => {
        current?.complete()
      })
    ]
  },
  {
    name: 'commits no position that nothing was consumed from',
    caughtBy: 'what is acknowledged is committed within the interval',
    themes: ['latest'],
    plant: () => [
      patchMethod<FlowCommits, [FlowStart], unknown>(FlowCommits, 'begin', (_commits, original, start) => {
        original({ ...start, store: 'never' })
      })
    ]
  },
  {
    name: 'takes the share that it comes back to for all that it is to have',
    caughtBy: 'every partition has one owner at rest',
    themes: ['topics', 'static'],
    plant: () => [patchMethod(GroupShell, 'checkStanding', () => undefined)]
  },
  {
    name: 'goes on in a topic that was made again where it was in the former one',
    caughtBy: 'every record is acknowledged at least once',
    themes: ['recreated'],
    plant: () => [
      patchMethod<TopicIds, [string, string | null], unknown>(TopicIds, 'learn', (_ids, original, topic, id) => {
        const described = original(topic, id)
        return described === 'made again' ? 'the same' : described
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
  }
]
