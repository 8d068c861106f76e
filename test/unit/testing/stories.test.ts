import { describe, expect, it } from 'vitest'
import { bytesThatDoNotDecode } from '../../../examples/testing/bytes-that-do-not-decode.js'
import { commitFailuresAreNoEnd } from '../../../examples/testing/commit-failures-are-no-end.js'
import { commitsStopAtTheGap } from '../../../examples/testing/commits-stop-at-the-gap.js'
import { drainOvertakenByARebalance } from '../../../examples/testing/drain-overtaken-by-a-rebalance.js'
import { failingPartitionRestartsAlone } from '../../../examples/testing/failing-partition-restarts-alone.js'
import { filteredRecordsAreDone } from '../../../examples/testing/filtered-records-are-done.js'
import { goesOnAfterARebalance } from '../../../examples/testing/goes-on-after-a-rebalance.js'
import { keysKeepTheirOrder } from '../../../examples/testing/keys-keep-their-order.js'
import { longHandlerStaysAMember } from '../../../examples/testing/long-handler-stays-a-member.js'
import { lostIsLost } from '../../../examples/testing/lost-is-lost.js'
import { parkedKeysWaitAside } from '../../../examples/testing/parked-keys-wait-aside.js'
import { poisonIsPutAside } from '../../../examples/testing/poison-is-put-aside.js'
import { rebalanceRepeatsNothing } from '../../../examples/testing/rebalance-repeats-nothing.js'
import { shutsDownGracefully } from '../../../examples/testing/shuts-down-gracefully.js'
import { slowPartitionBlocksNone } from '../../../examples/testing/slow-partition-blocks-none.js'
import { Committer, type CommitResult } from '../../../src/core/committing/committer.js'
import { Ledger } from '../../../src/core/partition/ledger.js'
import { PartitionLifecycle } from '../../../src/core/partition/partition-lifecycle.js'
import { Reading } from '../../../src/core/partition/reading.js'
import { type Carried, settle } from '../../../src/model/carried.js'
import { FailureHandling } from '../../../src/operators/handling/failure-handling.js'
import { Admission } from '../../../src/operators/handling/admission.js'
import { DeliveryPump } from '../../../src/sources/consumer/delivery-pump.js'
import type { AssignedPartition } from '../../../src/sources/consumer/assigned-partition.js'
import { StartLookups } from '../../../src/sources/consumer/start-lookups.js'
import { GroupCoordinatorClient } from '../../../src/engine/group/group-coordinator-client.js'
import { MarbleError } from '../../../src/testing.js'
import { patchGetter, patchMethod, type Undo } from '../../simulation/patch.js'

interface Flow {
  readonly isBlocked: boolean
}

const begunOnce = new WeakSet<StartLookups>()

const settlesTooEarly = (): Undo =>
  patchMethod<unknown, [{ readonly carried: Carried<unknown> }, unknown], unknown>(
    FailureHandling,
    'end',
    (_, original, work, fault) => {
      // prettier-ignore
      settle(work.carried)
      original(work, fault)
    }
  )

/** What each story shows, broken. */
const broken: readonly (readonly [string, () => Promise<void>, () => Undo])[] = [
  [
    'a rebalance does not wait for what is in flight',
    rebalanceRepeatsNothing,
    () => patchGetter<Reading, number>(Reading, 'inFlight', () => 0)
  ],
  [
    'a commit that failed is never tried again',
    goesOnAfterARebalance,
    () => patchMethod(Committer, 'retryDue', () => [])
  ],
  [
    'a gap is committed over',
    commitsStopAtTheGap,
    () => patchGetter<Ledger, bigint>(Ledger, 'committable', (ledger) => ledger.position)
  ],
  [
    'a lost partition is drained as if it were still there',
    lostIsLost,
    () =>
      patchMethod<unknown, [string | null, string], unknown>(PartitionLifecycle, 'end', (_, original, _forced, how) =>
        original(null, how)
      )
  ],
  [
    'no heartbeat is sent while a handler runs',
    longHandlerStaysAMember,
    () =>
      patchMethod<{ readonly machine: { handle: unknown } }, [{ readonly _tag: string }], unknown>(
        GroupCoordinatorClient,
        'perform',
        (_, original, effect) => (effect._tag === 'heartbeat' ? undefined : original(effect))
      )
  ],
  [
    'a partition without credit stops the delivery of all',
    slowPartitionBlocksNone,
    () =>
      patchMethod<{ readonly ready: ReadonlySet<Flow>; stands?: Flow | undefined }, [], unknown>(
        DeliveryPump,
        'turn',
        (pump, original) => {
          pump.stands ??= [...pump.ready].find((flow) => flow.isBlocked)
          if (pump.stands?.isBlocked !== true) original()
        }
      )
  ],
  [
    'a shutdown abandons what is in flight',
    shutsDownGracefully,
    () => patchGetter<Reading, number>(Reading, 'inFlight', () => 0)
  ],
  [
    'a partition that comes back is not read on',
    drainOvertakenByARebalance,
    () =>
      patchMethod<StartLookups, [readonly AssignedPartition[]], unknown>(
        StartLookups,
        'begin',
        (starts, original, partitions) => {
          if (!begunOnce.has(starts)) original(partitions)
          begunOnce.add(starts)
        }
      )
  ],
  [
    'a commit that fails is given up',
    commitFailuresAreNoEnd,
    () =>
      patchMethod<unknown, [readonly CommitResult[]], unknown>(Committer, 'answered', (_, original, results) =>
        original(results.map((result) => (result.outcome === 'retry' ? { ...result, outcome: 'dropped' } : result)))
      )
  ],
  [
    'a filtered record is never settled',
    filteredRecordsAreDone,
    () => patchMethod<unknown, [number], boolean>(Ledger, 'settle', (_, original, seq) => seq !== 0 && original(seq))
  ],
  ['a dead letter counts before it is written', poisonIsPutAside, settlesTooEarly],
  [
    'what cannot be decoded goes nowhere',
    bytesThatDoNotDecode,
    () => patchMethod(FailureHandling, 'end', () => undefined)
  ],
  ['a record does not wait for its key', keysKeepTheirOrder, () => patchMethod(Admission, 'laneOf', () => null)],
  ['a key overtakes its parked record', parkedKeysWaitAside, () => patchMethod(Admission, 'laneOf', () => null)],
  [
    'a pipeline that fails is not begun again',
    failingPartitionRestartsAlone,
    () =>
      patchMethod<unknown, [{ readonly _tag: string }, number], readonly unknown[]>(
        PartitionLifecycle,
        'handle',
        (_, original, event, now) => (event._tag === 'resumed' ? [] : original(event, now))
      )
  ]
]

describe('a story of examples/testing', () => {
  it.each(broken)('fails when %s', async (_what, story, sabotage) => {
    const undo = sabotage()
    try {
      await expect(story()).rejects.toThrow(MarbleError)
    } finally {
      undo()
    }
    await story()
  })
})
