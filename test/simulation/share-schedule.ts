import { errorCode as code } from '../../src/core/protocol/error-code.js'
import { seededRandom } from '../../src/internal/seeded-random.js'
import type { ShareApi } from '../../src/sources/memory/fault-on-demand.js'

/** One thing that is done to a share group, so long after the one before. `who` picks among those that are alive. */
export type ShareAction = { readonly afterMs: number } & (
  | { readonly act: 'produce'; readonly partition: number; readonly count: number; readonly poison: boolean }
  | { readonly act: 'start' }
  | { readonly act: 'drain' | 'close' | 'unsubscribe'; readonly who: number; readonly fromHandler: boolean }
  | { readonly act: 'crash'; readonly who: number }
  | { readonly act: 'freeze' | 'cut'; readonly who: number; readonly forMs: number }
  | { readonly act: 'fail'; readonly api: ShareApi; readonly fault: number | 'disconnect' | 'answer lost'; readonly times: number } // prettier-ignore
  | { readonly act: 'lose'; readonly losses: number }
  | { readonly act: 'pace'; readonly longestMs: number }
  | { readonly act: 'elect'; readonly partition: number }
)

/** A whole schedule of a share group, made of its seed alone. */
export interface ShareSchedule {
  readonly seed: number
  readonly partitions: number
  readonly maxLatencyMs: number
  /** Nothing is disturbed: then nothing at all is repeated. */
  readonly isCalm: boolean
  readonly lockMs: number
  readonly deliveryLimit: number
  readonly renews: boolean
  readonly maxInFlight: number
  readonly acquireMode: 'batch_optimized' | 'record_limit'
  readonly onPoison: 'release' | 'reject' | 'fail'
  readonly actions: readonly ShareAction[]
}

const faults: readonly (readonly [ShareApi, readonly (number | 'disconnect' | 'answer lost')[]])[] = [
  ['ShareFetch', [code.SHARE_SESSION_NOT_FOUND, code.INVALID_SHARE_SESSION_EPOCH, 'disconnect', 'answer lost']],
  ['ShareAcknowledge', [code.SHARE_SESSION_NOT_FOUND, 'disconnect', 'answer lost']],
  ['ShareGroupHeartbeat', [code.FENCED_MEMBER_EPOCH, code.UNKNOWN_MEMBER_ID, code.NOT_COORDINATOR, 'answer lost']]
]

/** Makes the schedule of a seed. */
export const shareScheduleOf = (seed: number): ShareSchedule => {
  const random = seededRandom(seed ^ 0x51ed270b)
  const below = (limit: number): number => Math.floor(random() * limit)
  const oneOf = <A>(first: A, ...others: readonly A[]): A => others[below(others.length + 1) - 1] ?? first
  const isCalm = below(5) === 0
  const partitions = 1 + below(oneOf(1, 4))
  const action = (): ShareAction => {
    const afterMs = random() < 0.5 ? below(60) : below(1_500)
    const who = below(12)
    const forMs = below(oneOf(1_000, 5_000))
    const chance = random() * (isCalm ? 9 : 16)
    if (chance < 4.5)
      return { afterMs, act: 'produce', partition: below(partitions), count: 1 + below(oneOf(3, 12, 30)), poison: below(8) === 0 } // prettier-ignore
    if (chance < 6.5) return { afterMs, act: 'start' }
    if (chance < 8) return { afterMs, act: 'drain', who, fromHandler: below(3) === 0 }
    if (chance < 9) return { afterMs, act: 'pace', longestMs: oneOf(10, 100, 1_000) }
    if (chance < 9.7) return { afterMs, act: oneOf('close', 'unsubscribe'), who, fromHandler: below(3) === 0 }
    if (chance < 10.7) return { afterMs, act: 'crash', who }
    if (chance < 11.7) return { afterMs, act: 'freeze', who, forMs }
    if (chance < 12.5) return { afterMs, act: 'cut', who, forMs }
    if (chance < 13.2) return { afterMs, act: 'elect', partition: below(partitions) }
    if (chance < 13.7) return { afterMs, act: 'lose', losses: oneOf(0, 0.1, 0.3) }
    if (chance < 14.2) return { afterMs, act: 'pace', longestMs: oneOf(3_000, 6_000) }
    const [api, kinds] = faults[below(faults.length)] ?? ['ShareFetch', ['disconnect']]
    return { afterMs, act: 'fail', api, fault: kinds[below(kinds.length)] ?? 'disconnect', times: 1 + below(2) }
  }
  return {
    seed,
    partitions,
    maxLatencyMs: oneOf(1, 10, 40),
    isCalm,
    lockMs: 2_000,
    deliveryLimit: oneOf(5, 1_000),
    renews: isCalm || below(4) > 0,
    maxInFlight: oneOf(1, 5, 50, 1_000),
    acquireMode: oneOf('batch_optimized', 'record_limit'),
    onPoison: isCalm ? oneOf('release', 'reject') : oneOf('release', 'release', 'reject', 'fail'),
    actions: Array.from({ length: 10 + below(25) }, action)
  }
}
