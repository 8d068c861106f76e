import { isRight } from 'fp-ts/lib/Either.js'
import { firstValueFrom, timer } from 'rxjs'
import { errorCode as code } from '../../src/core/protocol/error-code.js'
import type { Step } from '../../src/ports/step.js'

/** What passes by itself: a coordinator that is being found or loaded, a leader, a transaction that is being completed. */
const passing: readonly number[] = [
  code.CONCURRENT_TRANSACTIONS,
  code.COORDINATOR_LOAD_IN_PROGRESS,
  code.COORDINATOR_NOT_AVAILABLE,
  code.NOT_COORDINATOR,
  code.NOT_LEADER_OR_FOLLOWER
]

/** Asks until the answer is more than that. */
export const answered = async <E, A>(step: () => Step<A, E>, codeOf: (answer: A) => number): Promise<A> => {
  for (let tries = 0; tries < 500; tries++) {
    const answer = await firstValueFrom(step())
    if (isRight(answer) && !passing.includes(codeOf(answer.right))) return answer.right
    await firstValueFrom(timer(20))
  }
  throw new Error('it never passes')
}
