import type { PlantedBug } from './planted-bugs.js'

const caughtBy = (file: string, test: string): PlantedBug['caughtBy'] => ({
  file: `test/unit/testing/${file}.test.ts`,
  test
})

/** Bugs of the kit for tests, by which a diagram would pass that should not, or fail that should. */
export const kitBugs: readonly PlantedBug[] = [
  {
    name: 'fails a fetch of a share partition, and not the acknowledgements that it carries',
    file: 'src/sources/memory/memory-share-calls.ts',
    find: 'group.acknowledge(memberId, acknowledged, failing)',
    plant: 'group.acknowledge(memberId, acknowledged)',
    caughtBy: caughtBy('share-faults', 'loses what is acknowledged with a fetch')
  },
  {
    name: 'does not see errors that nobody handles',
    file: 'src/testing/time/escaped-errors.ts',
    find: '    if (scope?.process?.isDead !== true) errors.push(error)\n',
    plant: '',
    caughtBy: caughtBy('time/escaped-errors', 'fails the test: in a promise that is not returned')
  },
  {
    name: 'lets the next attempt hide an assertion that has failed',
    file: 'src/testing/play/recorded-record.ts',
    find: '    this.watcher.failed(cause)\n',
    plant: '',
    caughtBy: caughtBy('time/escaped-errors', 'where the next attempt succeeds')
  },
  {
    name: 'takes its turns of the event loop from whatever `setImmediate` there is',
    file: 'src/testing/time/real-turn.ts',
    find: '  } else setImmediate(run)\n',
    plant: '  } else realClock.turn(run)\n',
    caughtBy: { ...caughtBy('foreign-timers', 'that are there before do not matter'), byWaiting: true }
  },
  {
    name: 'leaves globals deleted that fake timers have taken away',
    file: 'src/testing/time/virtual-globals.ts',
    find: 'if (Reflect.get(on, name) === undefined)',
    plant: 'if (Reflect.get(on, name) === null)',
    caughtBy: caughtBy('foreign-timers', 'that the body removes are refused')
  },
  {
    name: 'lets a marble test begin in the body of another',
    file: 'src/testing/bodies.ts',
    find: '    if (mine.refused !== null) throw mine.refused\n',
    plant: '',
    caughtBy: caughtBy('foreign-timers', 'are refused in the body of another one')
  },
  {
    name: 'does not say that a record waits for its next attempt',
    file: 'src/operators/handling/attempts.ts',
    find: '      noteRetry(work.carried, forMs, cause)\n',
    plant: '',
    caughtBy: caughtBy('what-it-waits-for', 'the backoff of a retry')
  },
  {
    name: 'does not say that a broker throttles',
    file: 'src/testing/play/process-calls.ts',
    find: 'times.waits.begin({ what: `${api} is throttled`, until: process.now() + ms, process })',
    plant: '(): void => undefined',
    caughtBy: caughtBy('what-it-waits-for', 'a throttled connection')
  },
  {
    name: 'says that a broker throttles, and asks it at once again',
    file: 'src/testing/play/process-calls.ts',
    find: 'if (waitMs > 0) this.waits(api, waitMs, subscriber, begin)\n      else begin()',
    plant: 'begin()',
    caughtBy: caughtBy('throttling', 'holds back the next request')
  },
  {
    name: 'throttles the first answer only',
    file: 'src/testing/play/request-times.ts',
    find: 'return throttles[Math.min(number, throttles.length - 1)]?.afterMs ?? 0',
    plant: 'return throttles[number]?.afterMs ?? 0',
    caughtBy: caughtBy('throttling', 'holds back the next request')
  },
  {
    name: 'refuses a partition of each request, not of the next',
    file: 'src/testing/play/partition-faults.ts',
    find: 'this.next.get(keyOf(api, part))?.shift()',
    plant: 'this.next.get(keyOf(api, part))?.at(0)',
    caughtBy: caughtBy('throttling', 'writes to the other partitions, and to that one again')
  },
  {
    name: 'leaves the whole request undone if one of its partitions fails',
    file: 'src/testing/play/partition-faults.ts',
    find: 'rest.length === 0 ? of(right([])) : ask(rest)',
    plant: 'of(right([]))',
    caughtBy: caughtBy('throttling', 'commits the other partitions')
  },
  {
    name: 'writes one record less than a letter says',
    file: 'src/testing/diagram/marble.ts',
    find: ': Number(count)\n',
    plant: ': Number(count) - 1\n',
    caughtBy: caughtBy('repeated-letters', 'stands in a group with others')
  },
  {
    name: 'takes each record of a letter for the first',
    file: 'src/testing/play/letters.ts',
    find: '    this.counts.set(written.letter, nth)\n',
    plant: '',
    caughtBy: caughtBy('repeated-letters', 'has its own time, and its own place')
  },
  {
    name: 'lets a process live on that listens for no signal',
    file: 'src/testing/play/stage-lives.ts',
    find: ' || life.process.raise(signal)) return true',
    plant: ' || life.process.raise(signal) || true) return true',
    caughtBy: caughtBy('signals', 'kills a process that listens for nothing')
  },
  {
    name: 'waits for what a real cluster will never get',
    file: 'src/testing/dual-run.ts',
    find: 'return this.clock.now() - this.since >= this.ms',
    plant: 'return false',
    caughtBy: { ...caughtBy('dual-run', 'does not wait for what was acknowledged'), byWaiting: true }
  },
  {
    name: 'says that a bug came into play which never did',
    file: 'src/testing/catches.ts',
    find: 'acted ||= trial.hasActed',
    plant: 'acted = true',
    caughtBy: caughtBy('catches', 'names the bugs that no test has seen')
  },
  {
    name: 'leaves what is produced without the bug',
    file: 'src/testing/bugs/planted-bugs.ts',
    find: '        send: send(session),\n',
    plant: '        send: (record, callbacks) => session.send(record, callbacks),\n',
    caughtBy: caughtBy('catches', 'plants them in what is produced too')
  },
  {
    name: 'takes a fault that no request has met for one that has acted',
    file: 'src/testing/play/idle-lines.ts',
    find: 'if (unmet === 0) return []',
    plant: 'return []',
    caughtBy: caughtBy('play/idle-lines', 'fails the test, and says what was requested instead')
  },
  {
    name: 'looks at nothing that comes after the last column',
    file: 'src/testing/play/verdict.ts',
    find: "return text === null ? hiddenDifferences(stage) : [text, ...valueNotes(stage)].join('\\n')",
    plant: 'return null',
    caughtBy: caughtBy('final-drain', 'is compared with what is written behind the last column')
  },
  {
    name: 'runs no test that is returned instead of called',
    file: 'src/testing/marbles.ts',
    find: 'run().then(done, failed)',
    plant: 'Promise.resolve().then(done, failed)',
    caughtBy: caughtBy('never-run', 'runs where it is returned instead of called')
  },
  {
    name: 'compares letters of a dual run, and not what they stand for',
    file: 'src/testing/dual-run.ts',
    find: ' && different.length === 0',
    plant: '',
    caughtBy: caughtBy('dual-run', 'fails if values differ')
  },
  {
    name: 'gives each record of a schedule a key of its own',
    file: 'src/testing/fast-check.ts',
    find: 'key: fc.nat(keys - 1)',
    plant: 'key: fc.constant(undefined)',
    caughtBy: caughtBy('searches', 'is one that can be violated')
  },
  {
    name: 'prints a test without its records',
    file: 'src/testing/schedule-test.ts',
    find: '.filter(([, record]) => !isEmpty(record))',
    plant: '.filter(() => false)',
    caughtBy: caughtBy('searches', 'fails as the schedule does')
  },
  {
    name: 'takes a bug that never ran for one that was seen',
    file: 'src/testing/bugs/planted-bug.ts',
    find: 'if (!this.hasRun) this.startFailure ??= { error }',
    plant: '',
    caughtBy: caughtBy('catches', 'does not count one of the user that never ran')
  },
  {
    name: 'keeps the transaction of a process that has died',
    file: 'src/testing/memory-store.ts',
    find: 'Promise.race([turn(), death])',
    plant: 'turn()',
    caughtBy: caughtBy('crashed-transactions', 'rolls back: nothing of it is there')
  },
  {
    name: 'takes a close for a drain',
    file: 'src/testing/play/stage-member.ts',
    find: "this.closedOver.some(({ isSettled }) => !isSettled) ? '!' : '|'",
    plant: "'|'",
    caughtBy: caughtBy('ends', 'shows ! for a close with records left')
  },
  {
    name: 'lets a scenario speak of letters that occur nowhere',
    file: 'src/testing/play/stage.ts',
    find: 'if (isStrict) checkLetters(diagram, scenario)',
    plant: '',
    caughtBy: caughtBy('typos', 'is about some that there are')
  },
  {
    name: 'lets a mark put letters into a line that is not there',
    file: 'src/testing/marble-run.ts',
    find: 'this.throwIf(plays.check())',
    plant: 'plays.check()',
    caughtBy: caughtBy('lines-of-marks', 'has to be in the diagram')
  },
  {
    name: 'sees no test that does not wait for what it has begun',
    file: 'src/testing/unawaited-tests.ts',
    find: 'find(({ running }) => running > 0)',
    plant: 'find(() => false)',
    caughtBy: caughtBy('never-run', 'is missed: a marble test that was called')
  },
  {
    name: 'lets a ? stand for any value',
    file: 'src/testing/play/verdict.ts',
    find: 'const hidden = hiddenDifferences(stage) ??',
    plant: 'const hidden =',
    caughtBy: caughtBy('written-records', 'is no way to have any value')
  },
  {
    name: 'compares no keys of what is written',
    file: 'src/testing/play/written-parts.ts',
    find: 'return wrong.length === 0\n',
    plant: 'return wrong.length >= 0\n',
    caughtBy: caughtBy('written-records', 'is compared: its key')
  },
  {
    name: 'is silent about keys and headers that nothing compares',
    file: 'src/testing/play/values.ts',
    find: 'if (different === null && !isMadeByUs(parts)) this.parts.leave(',
    plant: 'if (different !== null && !isMadeByUs(parts)) this.parts.leave(',
    caughtBy: caughtBy('written-records', 'is told, with the entries that would compare it')
  },
  {
    name: 'has dates of its own within a run',
    file: 'src/testing/time/virtual-globals.ts',
    find: 'prototype: { value: RealDate.prototype },\n',
    plant: '',
    caughtBy: caughtBy('foreign-timers', 'of the file of the test is one within a run too')
  },
  {
    name: 'gives each life of a member the number of the first',
    file: 'src/testing/play/settings-of-life.ts',
    find: 'const made = given(life)\n',
    plant: 'const made = given(1)\n',
    caughtBy: caughtBy('lives', 'gets which life it is, once for each')
  },
  {
    name: 'takes no pipeline for one with a time limit',
    file: 'src/operators/handling/time-limit.ts',
    find: 'ignoredLimits.get(clock)?.began()',
    plant: 'ignoredLimits.get(clock)',
    caughtBy: caughtBy('catches', 'says that no record reaches a time limit, and plants one that is ignored')
  }
]
