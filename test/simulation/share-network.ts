import { type Either, left } from 'fp-ts/lib/Either.js'
import { Observable } from 'rxjs'
import type { Fault } from '../../src/model/fault.js'
import type { ShareCalls } from '../../src/ports/kafka-calls.js'
import type { Step } from '../../src/ports/step.js'
import type { VirtualClock } from '../support/virtual-clock.js'
import type { Line } from './network.js'
import type { ProcessClock } from './process-clock.js'

/** How the network is at the moment. */
export interface ShareWeather {
  readonly random: () => number
  readonly maxLatencyMs: number
  /** of 1, the part of requests that fail: half of those were served, half never came */
  losses: number
}

const broken: Fault = { _tag: 'ConnectionFault', broker: 'b', reason: 'cut' }
const patienceMs = 1_000

/** Puts a network between a member of a share group and the broker, as `overNetwork` does for one of a consumer group. */
export const shareOverNetwork = (
  world: VirtualClock,
  process: ProcessClock,
  line: Line,
  weather: ShareWeather,
  inner: ShareCalls
): ShareCalls => {
  const latency = (): number => 1 + Math.floor(weather.random() * weather.maxLatencyMs)
  const call = <A>(step: Step<A>): Step<A> =>
    new Observable((subscriber) => {
      const tell = (afterMs: number, answer: Either<Fault, A>): void => {
        world.schedule(afterMs, () => {
          process.run(() => {
            subscriber.next(line.cut ? left(broken) : answer)
            subscriber.complete()
          })
        })
      }
      const fate = weather.random()
      if (line.cut || fate < weather.losses / 2) {
        tell(weather.random() < 0.5 ? latency() : patienceMs, left(broken))
        return
      }
      world.schedule(latency(), () => {
        step.subscribe((answer) => {
          tell(latency(), fate >= weather.losses ? answer : left(broken))
        })
      })
    })
  return {
    metadata: (topics) => call(inner.metadata(topics)),
    shareGroupHeartbeat: (request) => call(inner.shareGroupHeartbeat(request)),
    shareFetch: (node, request) => call(inner.shareFetch(node, request)),
    shareAcknowledge: (node, request) => call(inner.shareAcknowledge(node, request)),
    shareGroupLag: (groupId) => call(inner.shareGroupLag(groupId)),
    close: () => {
      inner.close()
    }
  }
}
