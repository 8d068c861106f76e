// The stories as tests of vitest: `marbles` gives a function that any framework can run.
import { describe, it } from 'vitest'
import { commitFailuresAreNoEnd } from './commit-failures-are-no-end.js'
import { commitsStopAtTheGap } from './commits-stop-at-the-gap.js'
import { drainOvertakenByARebalance } from './drain-overtaken-by-a-rebalance.js'
import { filteredRecordsAreDone } from './filtered-records-are-done.js'
import { goesOnAfterARebalance } from './goes-on-after-a-rebalance.js'
import { longHandlerStaysAMember } from './long-handler-stays-a-member.js'
import { inTimeLosesNothing } from './loses-nothing.js'
import { lostIsLost } from './lost-is-lost.js'
import { bytesThatDoNotDecode } from './bytes-that-do-not-decode.js'
import { failingPartitionRestartsAlone } from './failing-partition-restarts-alone.js'
import { keysKeepTheirOrder } from './keys-keep-their-order.js'
import { parkedKeysWaitAside } from './parked-keys-wait-aside.js'
import { poisonIsPutAside } from './poison-is-put-aside.js'
import { rebalanceRepeatsNothing } from './rebalance-repeats-nothing.js'
import { shutsDownGracefully } from './shuts-down-gracefully.js'
import { slowPartitionBlocksNone } from './slow-partition-blocks-none.js'

describe('a consumer', () => {
  it('repeats nothing in a rebalance', rebalanceRepeatsNothing)
  it('goes on after a rebalance in which a commit failed', goesOnAfterARebalance)
  it('commits up to the first record that is not done', commitsStopAtTheGap)
  it('abandons what was lost', lostIsLost)
  it('stays a member while a handler takes long', longHandlerStaysAMember)
  it('lets no partition hold up another', slowPartitionBlocksNone)
  it('finishes what is in flight before it leaves', shutsDownGracefully)
  it('survives a rebalance in the middle of another', drainOvertakenByARebalance)
  it('goes on when commits fail', commitFailuresAreNoEnd)
  it('loses nothing under any schedule', { timeout: 300_000 }, inTimeLosesNothing)
  it('settles what it filters out and what it cannot handle', filteredRecordsAreDone)
  it('keeps what it cannot decode, and goes on', bytesThatDoNotDecode)
  it('restarts one partition alone', failingPartitionRestartsAlone)
  it('keeps the order of each key while it works in parallel', keysKeepTheirOrder)
  it('puts a key aside and goes on with the others', parkedKeysWaitAside)
  it('tries a bad record as often as was said, and puts it aside', poisonIsPutAside)
})
