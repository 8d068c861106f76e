import type { PlantedBug } from './planted-bugs.js'

/** Bugs of a guard: its breaker, its limits, and the operator that asks them. */
export const guardBugs: readonly PlantedBug[] = [
  {
    name: 'lets calls from before a breaker opened close it',
    file: 'src/core/guarding/breaker.ts',
    find: 'if (turn !== this.turns) return null',
    plant: 'if (turn > this.turns) return null',
    caughtBy: {
      file: 'test/unit/core/guarding/breaker.test.ts',
      test: 'hears nothing of calls that began before it opened'
    }
  },
  {
    name: 'opens a breaker for refusals, which a service answers while it works',
    file: 'src/core/guarding/guard-machine.ts',
    find: "outcome === 'given up' ? null : outcome === 'failed'",
    plant: "outcome === 'given up' ? null : outcome !== 'succeeded'",
    caughtBy: {
      file: 'test/unit/core/guarding/guard-machine.test.ts',
      test: 'counts a refusal as an answer: what is called is there'
    }
  },
  {
    name: 'does not say that a guard holds a partition up',
    file: 'src/operators/handling/guard-gate.ts',
    find: 'origin?.heldUp(`${this.name}: ${words[answer.by]}`)',
    plant: 'void words[answer.by]',
    caughtBy: {
      file: 'test/unit/operators/guard.test.ts',
      test: 'calls what fails for 30 s once a second at most'
    }
  },
  {
    name: 'keeps the calls of a partition that is gone: its place is taken for ever, or its probe never ends',
    file: 'src/operators/handling/guard-gate.ts',
    find: "if (its === user) this.give(user, work, 'given up')",
    plant: 'void [its, work]',
    caughtBy: { file: 'test/unit/operators/guard.test.ts', test: 'back with a partition whose call has not ended' }
  },
  {
    name: 'sets no timer for a record that has to wait while nothing is under way',
    file: 'src/operators/handling/guard-gate.ts',
    find: 'if (answer.until !== Infinity && origin !== null) this.wakeAt(answer.until, origin)',
    plant: '',
    caughtBy: { file: 'test/unit/operators/guard.test.ts', test: 'that comes while' }
  }
]
