import type { PlantedBug } from './planted-bugs.js'

const retryLater = 'test/unit/sinks/retry-later.test.ts'
const again = 'test/unit/sinks/retry-later-begins-again.test.ts'
const passingBy = 'test/unit/sinks/retry-later-passing-by.test.ts'
const seeks = 'test/unit/sinks/retry-later-seeks.test.ts'

/** Bugs of records that wait in retry topics, or until they are due. */
export const retryBugs: readonly PlantedBug[] = [
  {
    name: 'tries a record before one of its key that waits in a retry topic',
    file: 'src/sinks/retries/retry-path.ts',
    find: "    if (last === null) return 'go'\n",
    plant: "    if (last === null || last.due > 0) return 'go'\n",
    caughtBy: { file: retryLater, test: 'makes later records of the key follow' }
  },
  {
    name: 'forgets at a restart what waits in the retry topics',
    file: 'src/sinks/retries/retry-index.ts',
    find: 'if (retry === null || retry.groupId !== this.topics.groupId) return',
    plant: 'if (retry?.groupId !== null) return',
    caughtBy: { file: retryLater, test: 'knows after a restart which keys have to follow' }
  },
  {
    name: 'writes a record again whose copy waits',
    file: 'src/sinks/retries/retry-path.ts',
    find: 'const copy = index.records.copyOf(recordPlaceText(place), tier)',
    plant: "const copy = index.records.copyOf('', tier)",
    caughtBy: { file: retryLater, test: 'does not write a record again' }
  },
  {
    name: 'follows for ever a key whose records never stop coming',
    file: 'src/sinks/retries/retry-path.ts',
    find: 'if (last.due > route.cluster.clock.wallTime() || waitedMs >= longestWaitMs)',
    plant: 'if (last.due > 0 || waitedMs >= longestWaitMs)',
    caughtBy: { file: retryLater, test: 'leaves the retry topics again' }
  },
  {
    name: 'takes a copy for waiting that went with its topic',
    file: 'src/sinks/retries/retry-index.ts',
    find: '    this.waiting = new WaitingRetries()\n    this.assignments.forget()\n',
    plant: '    this.assignments.forget()\n',
    caughtBy: { file: again, test: 'handles a key at once whose copies went with their topic' }
  },
  {
    name: 'never reads the retry topics again after a fault while another pipeline of the policy runs',
    file: 'src/sinks/retry-later.ts',
    find: 'if (index?.fault !== null) forget()',
    plant: 'if (index?.fault === undefined) forget()',
    caughtBy: { file: again, test: 'reads them again after a fault that seemed final' }
  },
  {
    name: 'settles a record after a seek whose copy was handled before',
    file: 'src/sinks/retries/retry-path.ts',
    find: "if (copy.due > this.route.cluster.clock.wallTime()) return 'moved'",
    plant: "if (copy.due > 0) return 'moved'",
    caughtBy: { file: seeks, test: 'handles a record again whose copy was done shortly before' }
  },
  {
    name: 'handles a record of a key before an earlier one that was delivered again',
    file: 'src/core/sinks/waiting-retries.ts',
    find: 'if (copy.tier > tier && !this.isTooEarly(copy)) return copy',
    plant: 'if (copy.tier > tier) return copy',
    caughtBy: { file: seeks, test: 'keeps the order of a key whose earlier record is done' }
  },
  {
    name: 'handles a record beside its copy that was on its way at a seek',
    file: 'src/sinks/retries/retry-path.ts',
    find: 'if (!route.moves.isEmpty && route.moves.isBusy(laneOf(place, order), wake))',
    plant: "if (!route.moves.isEmpty && route.moves.isBusy('', wake))",
    caughtBy: { file: seeks, test: 'waits for a copy that was on its way' }
  },
  {
    name: 'retries later within a transaction',
    file: 'src/operators/handling/retry-turns.ts',
    find: '    if (received.origin.isTransacted) {',
    plant: '    if (received.origin.deliveryCount === -1) {',
    caughtBy: { file: 'test/unit/sinks/transactional.test.ts', test: 'refuses retryLater before its handler runs' }
  },
  {
    name: 'continues with a partition whose earlier records are not settled',
    file: 'src/sources/consumer/postponement.ts',
    find: ' || epoch.ledger.firstUnsettled < this.first',
    plant: '',
    caughtBy: {
      file: 'test/unit/operators/delay-until.test.ts',
      test: 'does not read again before every earlier record is settled'
    }
  },
  {
    name: 'settles a record though its letter was not written',
    file: 'src/sinks/dead-letter-to.ts',
    find: "if (run.state === 'failed') this.failedWith(run.result)",
    plant: "if (run.state === 'pending') this.failedWith(run.result)",
    caughtBy: { file: 'test/unit/sinks/dead-letter-to.test.ts', test: 'retries a write that fails' }
  },
  {
    name: 'lets a record pass by one of its key that waits for its next attempt',
    file: 'src/operators/handling/admission.ts',
    find: '(order === null || !this.present.mayHave(order))',
    plant: '(order === null || !this.present.mayHave(order + 1))',
    caughtBy: { file: passingBy, test: 'pass by one that waits for its next attempt here' }
  },
  {
    name: 'takes a record without an order for a new one though its copy waits',
    file: 'src/core/sinks/held-records.ts',
    find: '(offset <= this.last || (order',
    plant: '(offset < 0n || (order',
    caughtBy: { file: passingBy, test: 'do not have their own copies written again' }
  },
  {
    name: 'goes by what waited in a retry topic that was created again since',
    file: 'src/sinks/retries/quick-turns.ts',
    find: ' && last.index.records === last.records && ',
    plant: ' && ',
    caughtBy: { file: passingBy, test: 'follow a key that fails again after its retry topic was created again' }
  },
  {
    name: 'moves records that follow one by one',
    file: 'src/operators/handling/failure-handling.ts',
    find: 'if (followers.length === 0) this.move',
    plant: 'if (followers.length >= 0) this.move',
    caughtBy: { file: retryLater, test: 'moves those together that follow one record' }
  },
  {
    name: 'moves a record before the dead letter of one before it',
    file: 'src/operators/handling/retry-turns.ts',
    find: ' || isLarge(carried)) return false',
    plant: ') return false',
    caughtBy: { file: retryLater, test: 'moves one that is large by itself' }
  }
]
