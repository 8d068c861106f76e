import { EMPTY } from 'rxjs'
import { Committer, type CommitResult, type DueOffset } from '../../src/core/committing/committer.js'
import { UncommittedOffsets } from '../../src/core/committing/uncommitted-offsets.js'
import { Ledger } from '../../src/core/partition/ledger.js'
import { PartitionEnding } from '../../src/core/partition/partition-ending.js'
import { PartitionPipeline } from '../../src/core/partition/partition-pipeline.js'
import { Reading } from '../../src/core/partition/reading.js'
import type { ReadingStart } from '../../src/core/partition/reading-start.js'
import { type RecordRunInput, recordRun } from '../../src/core/records/record-run.js'
import type { TopicPartition } from '../../src/model/topic-partition.js'
import type { ConsumerSession, ConsumerSessionHandlers, FetchedRecords } from '../../src/ports/consumer-session.js'
import { CommitScheduler } from '../../src/sources/consumer/commit-scheduler.js'
import type { AssignedPartition } from '../../src/sources/consumer/assigned-partition.js'
import { AssignedPartitions } from '../../src/sources/consumer/assigned-partitions.js'
import { PartitionCommits } from '../../src/sources/consumer/partition-commits.js'
import { FetchBuffer } from '../../src/sources/consumer/fetch-buffer.js'
import { PartitionDelivery } from '../../src/sources/consumer/partition-delivery.js'
import { PartitionWatch } from '../../src/sources/consumer/partition-watch.js'
import { GroupCoordinatorClient } from '../../src/engine/group/group-coordinator-client.js'
import type { SessionContext } from '../../src/engine/session-context.js'
import type { Theme } from './deeper.js'
import { patchGetter, patchMethod, type Undo, withOverrides } from './patch.js'
import type { Sabotage } from './world.js'

/** A bug, planted without touching the sources. */
export interface Mutant {
  readonly name: string
  /** the invariant that has to show it */
  readonly caughtBy: string
  /** what schedules need to show it; where nothing is said, those of the seeds as they are */
  readonly themes?: readonly Theme[]
  /** Changes classes for as long as it is planted. */
  readonly plant?: () => readonly Undo[]
  /** Stands between a consumer, its session and the broker. */
  readonly sabotage?: Sabotage
}

/** Commits with this outcome count as stored. */
export const takenForStored = (outcome: CommitResult['outcome']): Undo =>
  patchMethod<Committer, [readonly CommitResult[]], unknown>(Committer, 'answered', (_committer, original, results) =>
    original(
      results.map((result) => (result.outcome === outcome ? { ...result, outcome: 'committed', fault: null } : result))
    )
  )

interface PartitionsInternals {
  readonly context: {
    readonly emit: (stream: unknown) => void
    readonly tasks: { nextTurn(run: () => void): void }
  }
}

type Session = (context: SessionContext, open: (context: SessionContext) => ConsumerSession) => ConsumerSession

/** A session whose handlers and calls are tampered with; `session` is there once it is open. */
const tampered =
  (
    handlers: (
      original: ConsumerSessionHandlers,
      session: () => ConsumerSession,
      context: SessionContext
    ) => Partial<ConsumerSessionHandlers>,
    calls: (session: ConsumerSession, context: SessionContext) => Partial<ConsumerSession> = () => ({})
  ): Session =>
  (context, open) => {
    let session: ConsumerSession | null = null
    const opened = (): ConsumerSession => {
      if (session === null) throw new Error('not open yet')
      return session
    }
    const wrapped = {
      ...context,
      handlers: withOverrides(context.handlers, handlers(context.handlers, opened, context))
    }
    session = open(wrapped)
    return withOverrides(session, calls(session, context))
  }

/** The same run, from its beginning. */
const again = (fetched: FetchedRecords, changes: Partial<RecordRunInput> = {}): FetchedRecords => {
  const input = Reflect.get(fetched.run, 'input') as RecordRunInput
  return { ...fetched, run: recordRun({ ...input, ...changes }) }
}

const keyOf = ({ partition }: TopicPartition): number => partition

const anything = {}

export const mutants: readonly Mutant[] = [
  {
    name: 'commits behind the highest acknowledged record',
    caughtBy: 'nothing is committed above an unacknowledged record',
    plant: () => {
      const highest = new WeakMap<Ledger, bigint>()
      return [
        patchMethod<Ledger, [number], boolean>(Ledger, 'settle', (ledger, original, seq) => {
          const offset = ledger.offsetOf(seq) + 1n
          const settled = original(seq)
          const before = highest.get(ledger)
          if (settled && (before === undefined || offset > before)) highest.set(ledger, offset)
          return settled
        }),
        patchGetter<Ledger, bigint>(Ledger, 'committable', (ledger, original) => highest.get(ledger) ?? original())
      ]
    }
  },
  {
    name: 'commits what is delivered',
    caughtBy: 'nothing is committed above an unacknowledged record',
    plant: () => [patchGetter<Ledger, bigint>(Ledger, 'committable', (ledger) => ledger.position)]
  },
  {
    name: 'commits one offset too many',
    caughtBy: 'nothing is committed above an unacknowledged record',
    plant: () => [
      patchMethod<UncommittedOffsets, [], DueOffset>(UncommittedOffsets, 'takeDue', (_flow, original) => {
        const due = original()
        return { ...due, offset: due.offset + 1n }
      })
    ]
  },
  {
    name: 'commits the last handled offset instead of the next',
    caughtBy: 'at the end nothing lags',
    plant: () => [
      patchMethod<UncommittedOffsets, [], DueOffset>(UncommittedOffsets, 'takeDue', (_flow, original) => {
        const due = original()
        return { ...due, offset: due.offset > 0n ? due.offset - 1n : 0n }
      })
    ]
  },
  {
    name: 'does not wait for the work under way',
    caughtBy: 'a drain waits for the work under way until its deadline',
    plant: () => [patchGetter<Reading, number>(Reading, 'inFlight', () => 0)]
  },
  {
    name: 'ignores the deadline of a drain',
    caughtBy: 'a drain ends by its deadline',
    plant: () => [patchMethod(PartitionEnding, 'tighten', () => null)]
  },
  {
    name: 'stores nothing at the end of an assignment',
    caughtBy: 'a record is repeated only after a crash, a loss or an unfinished drain',
    plant: () => [
      patchMethod<PartitionCommits, [string, () => void], unknown>(
        PartitionCommits,
        'commitLast',
        (_flow, _original, _trigger, answered) => answered()
      ),
      patchMethod(PartitionCommits, 'flush', () => EMPTY)
    ]
  },
  {
    name: 'commits what it has released',
    caughtBy: 'nothing is committed of what is not held',
    plant: () => [patchMethod(GroupCoordinatorClient, 'ownershipOf', () => anything)],
    sabotage: {
      session: tampered(
        () => ({}),
        (session, { clock }) => ({
          release: (partitions) => {
            session.release(partitions)
            const offsets = partitions.map((place) => ({ ...place, offset: 0n, leaderEpoch: -1, metadata: '' }))
            clock.schedule(500, () => session.commit(offsets).subscribe())
          }
        })
      )
    }
  },
  {
    name: 'keeps its streams when partitions are taken and given again',
    caughtBy: 'what is kept was held',
    sabotage: {
      session: tampered((handlers, session) => {
        const known = new Set<number>()
        return {
          assigned: (generation, gained, kept, ...more) => {
            const fresh = gained.filter((place) => !known.has(keyOf(place)))
            const same = gained.filter((place) => known.has(keyOf(place)))
            for (const place of fresh) known.add(keyOf(place))
            handlers.assigned(generation, fresh, [...kept, ...same], ...more)
          },
          revoking: (partitions) => {
            session().release(partitions)
          }
        }
      })
    }
  },
  {
    name: 'does not hear that it has lost its partitions',
    caughtBy: 'assigned and revoked alternate',
    sabotage: { session: tampered(() => ({ lost: () => undefined })) }
  },
  {
    name: 'drops what is buffered, though the position has advanced',
    caughtBy: 'a stream skips no record',
    plant: () => [
      patchMethod<FetchBuffer, [FetchedRecords['run']], unknown>(FetchBuffer, 'push', (buffer, original, run) => {
        if (buffer.isEmpty) original(run)
      })
    ]
  },
  {
    name: 'takes a late answer of an older reading',
    caughtBy: 'a stream begins at the committed offset',
    sabotage: {
      session: (context, open) => {
        const last = new Map<number, FetchedRecords>()
        const { handlers, clock } = context
        const session = open({
          ...context,
          handlers: withOverrides(handlers, {
            records: (fetched: FetchedRecords) => {
              last.set(keyOf(fetched.run), again(fetched))
              handlers.records(fetched)
            }
          })
        })
        return withOverrides(session, {
          fetchFrom: (partition, cursor, offset, leaderEpoch) => {
            session.fetchFrom(partition, cursor, offset, leaderEpoch)
            const late = last.get(keyOf(partition))
            if (late === undefined) return
            clock.turn(() => {
              handlers.records({ ...again(late), cursor })
            })
          }
        })
      }
    }
  },
  {
    name: 'delivers what lies below the position in a fetched batch',
    caughtBy: 'a stream begins at the committed offset',
    sabotage: {
      session: tampered((handlers) => ({
        records: (fetched) => {
          handlers.records(again(fetched, { fetchOffset: 0n }))
        }
      }))
    }
  },
  {
    name: 'counts an acknowledgement twice',
    caughtBy: 'nothing is committed above an unacknowledged record',
    plant: () => [
      patchMethod<{ frontier: number; readonly delivered: number }, [number], boolean>(
        Ledger,
        'settle',
        (ledger, original, seq) => {
          const settled = original(seq)
          if (settled && ledger.frontier < ledger.delivered) ledger.frontier++
          return settled
        }
      )
    ]
  },
  {
    name: 'never completes a stream that is given up',
    caughtBy: 'the stream of what is given up has ended',
    plant: () => [patchMethod(PartitionPipeline, 'complete', () => false)]
  },
  {
    name: 'gives a partition two streams',
    caughtBy: 'an assignment has one stream',
    plant: () => [
      patchMethod<PartitionsInternals, [TopicPartition], AssignedPartition>(
        AssignedPartitions,
        'add',
        ({ context }, original, partition) => {
          const first = original(partition)
          context.tasks.nextTurn(() => {
            context.emit(first.stream)
          })
          return original(partition)
        }
      )
    ]
  },
  {
    name: 'goes on from the committed offset where it should go on from its position',
    caughtBy: 'offsets of a stream only rise',
    sabotage: {
      session: (context, open) => {
        const readings = new Map<number, { readonly place: TopicPartition; readonly cursor: number; paused: boolean }>()
        let session: ConsumerSession | null = null
        const rewind = (key: number): void => {
          const reading = readings.get(key)
          if (reading === undefined) return
          session?.committed([reading.place]).subscribe((answer) => {
            const stored = answer._tag === 'Right' ? answer.right[0]?.offset : null
            session?.fetchFrom(reading.place, reading.cursor, stored ?? 0n, -1)
          })
        }
        const { handlers } = context
        const opened = open({
          ...context,
          handlers: withOverrides(handlers, {
            assigned: (generation, gained, kept, ...more) => {
              for (const place of kept) rewind(keyOf(place))
              handlers.assigned(generation, gained, kept, ...more)
            }
          })
        })
        session = opened
        return withOverrides(opened, {
          fetchFrom: (place, cursor, offset, leaderEpoch) => {
            readings.set(keyOf(place), { place, cursor, paused: false })
            opened.fetchFrom(place, cursor, offset, leaderEpoch)
          },
          demand: (place, bytes) => {
            const reading = readings.get(keyOf(place))
            opened.demand(place, bytes)
            if (reading === undefined) return
            if (reading.paused && bytes > 0) rewind(keyOf(place))
            reading.paused = bytes === 0
          }
        })
      }
    }
  },
  {
    name: 'begins behind the committed offset',
    caughtBy: 'a stream begins at the committed offset',
    plant: () => [
      patchMethod<Reading, [ReadingStart, boolean], unknown>(Reading, 'beginAt', (_reading, original, start, ...more) =>
        original({ ...start, offset: start.offset + 1n }, ...more)
      )
    ]
  },
  {
    name: 'begins at the start of the log whatever is committed',
    caughtBy: 'a stream begins at the committed offset',
    plant: () => [
      patchMethod<Reading, [ReadingStart, boolean], unknown>(Reading, 'beginAt', (_reading, original, start, ...more) =>
        original({ ...start, offset: 0n }, ...more)
      )
    ]
  },
  {
    name: 'takes a failed commit for a stored one',
    caughtBy: 'at the end nothing lags',
    plant: () => [takenForStored('retry')]
  },
  {
    name: 'sends a commit of the former assignment again',
    caughtBy: 'nothing is committed above an unacknowledged record',
    plant: () => [
      patchMethod<{ readonly inFlight: Map<string, unknown> }, [TopicPartition], unknown>(
        Committer,
        'forget',
        ({ inFlight }, original, partition) => {
          const before = [...inFlight]
          original(partition)
          for (const [key, offset] of before) inFlight.set(key, offset)
        }
      )
    ]
  },
  {
    name: 'forgets the interval of its commits',
    caughtBy: 'what is acknowledged is committed within the interval',
    plant: () => [patchMethod(CommitScheduler, 'becameDirty', () => undefined)]
  },
  {
    name: 'does not go on when credit is back',
    caughtBy: 'the group comes to rest once nothing disturbs it',
    plant: () => [
      patchMethod<{ blocked: boolean }, [unknown], unknown>(
        PartitionDelivery,
        'released',
        (delivery, original, epoch) => {
          const { blocked } = delivery
          delivery.blocked = false
          original(epoch)
          delivery.blocked = blocked
        }
      )
    ]
  },
  {
    name: 'leaves its timers behind',
    caughtBy: 'nothing is left scheduled',
    plant: () => [patchMethod(PartitionWatch, 'stop', () => undefined)]
  },
  {
    name: 'handles in no order what is ordered',
    caughtBy: 'records that are ordered are handled one after the other',
    sabotage: { unordered: true }
  }
]
