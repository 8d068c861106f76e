import type { PlantedBug } from './planted-bugs.js'

const retryLater = 'test/unit/sinks/retry-later.test.ts'

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
    find: "if (index.behind.hasCopyOf(placeText(place), tier)) return 'moved'",
    plant: "if (index.behind.hasCopyOf('', tier)) return 'moved'",
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
  }
]
