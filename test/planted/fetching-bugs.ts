import type { PlantedBug } from './planted-bugs.js'

const byProperty = {
  file: 'test/properties/fetching.test.ts',
  test: 'hands over the log from the position on'
}

/** Bugs in the fetching of partitions; where nothing else is said, those that its property has to find. */
export const fetchingBugs: readonly PlantedBug[] = [
  {
    name: 'takes records that were asked for at another position',
    file: 'src/core/fetching/partition-fetch-state.ts',
    find: '      position.offset === offset &&\n',
    plant: '',
    caughtBy: byProperty
  },
  {
    name: 'takes records of a partition that is about to be read from elsewhere',
    file: 'src/core/fetching/partition-fetch-state.ts',
    find: "      phase !== 'awaiting position' &&\n",
    plant: '',
    caughtBy: byProperty
  },
  {
    name: 'takes late records of a former leader though the position was found in the log of the next one',
    file: 'src/core/fetching/partition-fetch-state.ts',
    find: 'position.checkedUnder <= leaderEpoch',
    plant: 'leaderEpoch >= -1',
    caughtBy: { file: 'test/unit/core/fetching/fetching.test.ts', test: 'of a former leader' }
  },
  {
    name: 'goes on in a log that was cut',
    file: 'src/core/fetching/epoch-checks.ts',
    find: 'return read > current ? checkedUnder !== current : current > Math.max(checkedUnder, read)',
    plant: 'return read > current + 1e9 && checkedUnder !== current',
    caughtBy: byProperty
  },
  {
    name: 'goes on behind the place where a log was cut',
    file: 'src/core/fetching/epoch-checks.ts',
    find: "{ _tag: 'truncated', endOffset: end.endOffset }",
    plant: "{ _tag: 'truncated', endOffset: end.endOffset + 1n }",
    caughtBy: byProperty
  },
  {
    name: 'asks for the same records again',
    file: 'src/core/fetching/partition-fetch-state.ts',
    find: 'offset: run.nextOffset,',
    plant: 'offset: this.position.offset,',
    caughtBy: byProperty
  },
  {
    name: 'takes the word of a follower for it that a position is out of range',
    file: 'src/core/fetching/fetch-answers.ts',
    find: '        if (node !== state.leader.node) {\n          state.readFrom(null)\n          break\n        }\n',
    plant: '',
    caughtBy: byProperty
  },
  {
    name: 'reads on from a position that is out of range',
    file: 'src/core/fetching/fetch-answers.ts',
    find: "        state.awaitPosition()\n        this.emit({ _tag: 'out of range'",
    plant: "        this.emit({ _tag: 'out of range'",
    caughtBy: byProperty
  },
  {
    name: 'asks a broker whatever is under way',
    file: 'src/core/fetching/broker-fetches.ts',
    find: "if (this.calls.session === null) return 'session'",
    plant: "if (!this.paused) return 'session'",
    caughtBy: byProperty
  },
  {
    name: 'never asks a broker again that could not be reached',
    file: 'src/core/fetching/fetching.ts',
    find: "else this.requests.known(Number(timer.slice('broker '.length)))?.resume()\n",
    plant: '',
    caughtBy: byProperty
  },
  {
    name: 'waits once, and then never again',
    file: 'src/core/fetching/fetching.ts',
    find: "if (timer === 'wake') this.wakesAt = null\n",
    plant: "if (timer === 'wake') this.wakesAt = -Infinity\n",
    caughtBy: { file: 'test/unit/core/fetching/fetching.test.ts', test: 'waits again' }
  },
  {
    name: 'reads from the former leader whatever the metadata say',
    file: 'src/core/fetching/fetching.ts',
    find: '    this.states.locateAll()\n',
    plant: '',
    caughtBy: byProperty
  },
  {
    name: 'goes on in another topic of the same name',
    file: 'src/core/fetching/fetching.ts',
    find: 'if (state.place.topic === topic) state.awaitPosition()',
    plant: "if (state.place.topic === topic && topic === '') state.awaitPosition()",
    caughtBy: byProperty
  },
  {
    name: 'misses an answer that has arrived while something blocked the event loop',
    file: 'src/engine/fetching/fetcher.ts',
    find: "if (timer === 'watchdog') this.timers.arm(timer, inMs, () => this.timers.turn(timer, due))",
    plant: "if (timer === 'watchdog') this.timers.arm(timer, inMs, due)",
    caughtBy: {
      file: 'test/unit/engine/fetching/fetch-watchdog.test.ts',
      test: 'is not one whose answer has arrived while something blocked the event loop'
    }
  },
  {
    name: 'keeps the id of every topic that ever was',
    file: 'src/core/fetching/topic-ids.ts',
    find: 'if (first !== undefined) this.current.delete(first)',
    plant: 'if (first === null) this.current.delete(topic)',
    caughtBy: {
      file: 'test/unit/core/fetching/topic-ids.test.ts',
      test: 'keeps the ids of topics that come and go for a while only'
    }
  },
  {
    name: 'believes a broker that does not know of new partitions yet',
    file: 'src/engine/known-topics.ts',
    find: 'partitions.length < this.countOf(topic)',
    plant: 'partitions.length < 0',
    caughtBy: { file: 'test/unit/behaviour/metadata-from-the-past.test.ts', test: 'without a rebalance' }
  },
  {
    name: 'forgets the leader epoch of an offset that was looked up',
    file: 'src/sources/consumer/locate-start.ts',
    find: 'return { topic, partition, offset, leaderEpoch, committed: null, startCommit: when }',
    plant: 'return { topic, partition, offset, leaderEpoch: leaderEpoch * 0 - 1, committed: null, startCommit: when }',
    caughtBy: { file: 'test/unit/sources/consumer/truncation.test.ts', test: 'has read nothing' }
  },
  {
    name: 'keeps the leader epoch of the last record behind a reset that passed over others',
    file: 'src/core/fetching/leader-epochs.ts',
    find: 'this.entered(seq - 1, epoch)',
    plant: 'void [seq, epoch]',
    caughtBy: {
      file: 'test/unit/sources/consumer/truncation.test.ts',
      test: 'a reset to the end has passed over later epochs'
    }
  },
  {
    name: 'waits for ever for a partition that was given up',
    file: 'src/core/fetching/fetching.ts',
    find: '      this.watchdog.forget(state)\n      this.answers.waitIsOver(state)\n',
    plant: '      this.watchdog.forget(state)\n',
    caughtBy: { file: 'test/unit/behaviour/waits-that-end.test.ts', test: 'is over once the partition is given up' }
  }
]
