import { type Either, left, right } from 'fp-ts/lib/Either.js'
import { seededRandom } from '../../src/internal/seeded-random.js'
import type { Fault } from '../../src/model/fault.js'
import { VirtualClock } from './virtual-clock.js'

const broken: Fault = { _tag: 'ConnectionFault', broker: 'b', reason: 'cut' }

/** A network on which everything takes time and some of it is lost, the same way for the same seed. */
export class LossyNetwork {
  readonly clock = new VirtualClock()
  readonly random: () => number
  /** of 1, the part of requests that fail: half of those are served, half never arrive */
  losses = 0

  constructor(seed: number) {
    this.random = seededRandom(seed)
  }

  /** A request on its way there and its answer on its way back. */
  call<A>(send: (answer: (value: A) => void) => void, answered: (answer: Either<Fault, A>) => void): void {
    const fate = this.random()
    const back = (answer: Either<Fault, A>): void => {
      this.clock.schedule(this.latency(), () => {
        answered(answer)
      })
    }
    const served = fate >= this.losses / 2
    const heard = fate >= this.losses
    if (!heard) back(left(broken))
    if (!served) return
    this.clock.schedule(this.latency(), () => {
      send((value) => {
        if (heard) back(right(value))
      })
    })
  }

  latency(): number {
    return 1 + Math.floor(this.random() * 40)
  }
}
