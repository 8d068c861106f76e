import { consumerProtocolBugs } from './consumer-protocol-bugs.js'
import { shareBugs } from './share-bugs.js'
import { fetchingBugs } from './fetching-bugs.js'
import { guardBugs } from './guard-bugs.js'
import { kitBugs } from './kit-bugs.js'
import { keptScheduleBugs } from './kept-schedule-bugs.js'
import { partitionBugs } from './partition-bugs.js'
import { producerBugs } from './producer-bugs.js'
import { retryBugs } from './retry-bugs.js'
import { storeBugs } from './store-bugs.js'
import { wireBugs } from './wire-bugs.js'

/** A bug that a test has to catch. It is planted while the sources are loaded; no file is changed. */
export interface PlantedBug {
  /** What the library does wrong with it. */
  readonly name: string
  readonly file: string
  /** Stands in the file exactly once. */
  readonly find: string
  readonly plant: string
  readonly caughtBy: {
    readonly file: string
    /** Words of its title, as `vitest -t` takes them. */
    readonly test: string
    /** The test can only see that something never comes. */
    readonly byWaiting?: true
  }
}

/**
 * One for each rule that was broken before and that the schedules of `test/simulation` do not look at; theirs are in its
 * `mutants.ts` and `deeper-mutants.ts`.
 */
export const plantedBugs: readonly PlantedBug[] = [
  {
    name: 'takes the refusal of one record for that of its whole batch',
    file: 'src/core/producing/partition-queue.ts',
    find: 'return faults.size === 0 ? this.inHalves(batch, answer) : this.without(batch, faults)',
    plant: 'return faults.size < 0 ? [] : this.giveUp(batch, faultOfAnswer(batch, answer, batch.maybeWritten))',
    caughtBy: { file: 'test/unit/core/producing/refused-records.test.ts', test: 'leave the others to a new epoch' }
  },
  {
    name: 'destroys a socket with bytes in it',
    file: 'src/sources/kafka/network/socket.ts',
    find: '      socket.end()\n',
    plant: '      socket.destroy()\n',
    caughtBy: {
      file: 'test/unit/sources/kafka/wire/connection.test.ts',
      test: 'arrives, though the client closes at once and the broker reads late',
      byWaiting: true
    }
  },
  {
    name: 'shows a token that was renewed since',
    file: 'src/sources/kafka/sasl/known-secrets.ts',
    find: 'const mostKept = 100\n',
    plant: 'const mostKept = 1\n',
    caughtBy: {
      file: 'test/unit/sources/kafka/wire/authentication.test.ts',
      test: 'hides a token that was renewed since'
    }
  },
  {
    name: 'shows the end of a secret whose beginning is another',
    file: 'src/sources/kafka/sasl/known-secrets.ts',
    find: 'b.length - a.length',
    plant: 'a.length - b.length',
    caughtBy: { file: 'test/unit/sources/kafka/wire/sasl.test.ts', test: 'whichever is the beginning of another' }
  },
  {
    name: 'says nothing of a topic that it writes to and that was made again',
    file: 'src/engine/producing/topic-leaders.ts',
    find: 'if (former !== null && this.ids.of(topic) !== former) recreated.push(topic)',
    plant: '',
    caughtBy: { file: 'test/unit/engine/producing/recreated-topic.test.ts', test: 'learns of it by the first batch' }
  },
  {
    name: 'decodes the first frame of zstd only',
    file: 'src/core/compression/zstd-frames.ts',
    find: '  return frames\n',
    plant: '  return frames.slice(0, 1)\n',
    caughtBy: { file: 'test/unit/sources/kafka/compressed-forms.test.ts', test: 'zstd' }
  },
  {
    name: 'takes a topic that was made again for the former one',
    file: 'src/core/fetching/topic-ids.ts',
    find: "    return 'recreated'\n",
    plant: "    return 'the same'\n",
    caughtBy: { file: 'test/unit/sources/consumer/recreated-topic.test.ts', test: 'is noticed while it is read' }
  },
  {
    name: 'seeks to whatever it is given',
    file: 'src/config/check-places.ts',
    find: "    if (from === 'beginning' || from === 'end' || from === 'committed') return true\n",
    plant: "    if (from !== 'nowhere') return true\n",
    caughtBy: { file: 'test/unit/behaviour/wrong-arguments.test.ts', test: 'seek' }
  },
  {
    name: 'refuses a topic that does not exist yet at the first answer',
    file: 'src/engine/producing/topic-leaders.ts',
    find: "        if (this.requested.has(topic)) this.faults.set(topic, { _tag: 'UnknownTopicFault', topic })\n        return null\n",
    plant: "        return refuse(produceFault({ topic }, 'unknown topic', 'there is none', { permanent: true }))\n",
    caughtBy: {
      file: 'test/unit/engine/producing/max-block.test.ts',
      test: 'takes what was written to it before it was made'
    }
  },
  {
    name: 'sends batches beside the first to a recreated topic',
    file: 'src/engine/producing/open-producer.ts',
    find: '        this.accumulator.recreated(topic)\n',
    plant: '',
    caughtBy: {
      file: 'test/unit/engine/producing/recreated-topic.test.ts',
      test: 'keeps the order in the new one, whose leader takes any sequence number at first'
    }
  },
  {
    name: 'gives a stalled partition up without aborting its signal',
    file: 'src/core/partition/partition-lifecycle.ts',
    find: "if (!this.isEnding) this.end('aborted', 'lost')",
    plant: "if (!this.isEnding) this.end(null, 'lost')",
    caughtBy: { file: 'test/unit/behaviour/stalled.test.ts', test: 'is lost: its signal aborts' }
  },
  {
    name: 'has a gained partition wait for the long poll of an idle one',
    file: 'src/core/fetching/broker-fetches.ts',
    find: "return this.calls.session.isPoll && this.calls.refill === null ? 'refill' : null",
    plant: "return 'no'",
    caughtBy: {
      file: 'test/unit/sources/consumer/beside-a-long-poll.test.ts',
      test: 'so is one that is gained in a rebalance'
    }
  },
  {
    name: 'counts an aggregate record by record',
    file: 'src/model/aggregate.ts',
    find: '    acknowledgeTogether(() => {\n      for (const part of this.parts) settle(part)\n    })\n',
    plant: '    for (const part of this.parts) settle(part)\n',
    caughtBy: { file: 'test/unit/behaviour/whole-aggregates.test.ts', test: 'of a batch' }
  },
  {
    name: 'leaves when the brokers have answered, whatever deadline was given',
    file: 'src/sources/consumer/leaving.ts',
    find: '    this.deadline = Math.min(this.deadline, deadline)\n',
    plant: '    this.deadline = Math.max(Infinity, deadline)\n',
    caughtBy: { file: 'test/unit/behaviour/leave-by.test.ts', test: 'are over|is over after|of several deadlines' }
  },
  {
    name: 'commits nothing below what is stored, though it is asked for',
    file: 'src/core/committing/committer.ts',
    find: 'offset.isExplicit !== true && ',
    plant: '',
    caughtBy: {
      file: 'test/unit/core/committing/committer.test.ts',
      test: 'goes back where that is asked for explicitly'
    }
  },
  {
    name: 'does not say why a partition is unreadable',
    file: 'src/sources/consumer/position-of.ts',
    find: "fault: status === 'unreadable' ? reading.unreadable : null",
    plant: 'fault: null',
    caughtBy: { file: 'test/unit/behaviour/positions.test.ts', test: 'unreadable' }
  },
  {
    name: 'goes on with the topics that it had',
    file: 'src/sources/consumer/consumer-runs.ts',
    find: '    current.resubscribed()\n',
    plant: '',
    caughtBy: { file: 'test/unit/behaviour/resubscribe.test.ts', test: 'adds topics' }
  },
  {
    name: 'begins a partition anew while it is still drained',
    file: 'src/core/group/chosen-partitions.ts',
    find: 'filter(([key]) => !this.held.has(key))',
    plant: 'filter(([key]) => !this.held.has(key) || this.revoked.has(key))',
    caughtBy: { file: 'test/unit/behaviour/reassign.test.ts', test: 'what comes back meanwhile' }
  },
  {
    name: 'says nothing of the end of a partition',
    file: 'src/sources/consumer/partition-delivery.ts',
    find: 'if (settings.tellsEnds && ',
    plant: 'if (!settings.tellsEnds && ',
    caughtBy: { file: 'test/unit/sources/consumer/end-reached.test.ts', test: 'is said once when it is reached' }
  },
  {
    name: 'goes on trying for ever, though a time was set',
    file: 'src/engine/open-session.ts',
    find: 'unreachableTimeoutMs === null ? null : new Reachability(',
    plant: 'unreachableTimeoutMs !== 0 ? null : new Reachability(',
    caughtBy: { file: 'test/unit/behaviour/unreachable.test.ts', test: 'counts from the start' }
  },
  {
    name: 'resets a position as far back as the log goes',
    file: 'src/sources/consumer/apply-reset.ts',
    find: 'if (isTooMany || isTooOld) return left(fault)',
    plant: '',
    caughtBy: { file: 'test/unit/sources/consumer/resets.test.ts', test: 'and no' }
  },
  {
    name: 'looks the end up where no record is as young as was asked for',
    file: 'src/sources/consumer/offset-lookups.ts',
    find: 'timestamp, orNone: true',
    plant: 'timestamp',
    caughtBy: { file: 'test/unit/sources/consumer/offset-lookups.test.ts', test: 'null where there is none' }
  },
  {
    name: 'leaves a connection that is being made to itself when it closes',
    file: 'src/sources/kafka/network/broker-link.ts',
    find: '    this.opening?.abandon()\n',
    plant: '',
    caughtBy: {
      file: 'test/unit/sources/kafka/network.test.ts',
      test: 'is given up when it is closed'
    }
  },
  {
    name: 'gives a partition away, by an assignor of one’s own, before its owner has given it up',
    file: 'src/core/group/assignors/custom-assignor.ts',
    find: "assignor.protocol === 'cooperative' ? withoutWhatOthersOwn(assignment, members) : assignment",
    plant: 'assignment',
    caughtBy: {
      file: 'test/unit/behaviour/custom-assignors.test.ts',
      test: 'gives a partition to nobody before its owner'
    }
  },
  {
    name: 'says of a partition that the topic does not have that nobody leads it',
    file: 'src/engine/known-topics.ts',
    find: 'if (partitions.has(partition)) return',
    plant: 'if (partitions.size > 0) return',
    caughtBy: { file: 'test/unit/engine/group/unknown-partition.test.ts', test: 'of a topic that has fewer' }
  },
  {
    name: 'takes a topic that was there all along for a new one when its partitions are assigned late',
    file: 'src/engine/group/hand-assignment.ts',
    find: 'if (!this.metadata.knowsSubscription) return',
    plant: '',
    caughtBy: {
      file: 'test/unit/behaviour/reassign.test.ts',
      test: 'begins by auto.offset.reset where nothing is stored'
    }
  },
  {
    name: 'has the next owner begin later where by_duration gave the position',
    file: 'src/sources/consumer/locate-start.ts',
    find: "settings.autoOffsetReset === 'earliest' ? 'never' : 'at once'",
    plant: "settings.autoOffsetReset === 'latest' ? 'at once' : 'never'",
    caughtBy: { file: 'test/unit/sources/consumer/resets.test.ts', test: 'stores that at once' }
  },
  {
    name: 'leaves the offset that commitSync has set back when it drains',
    file: 'src/core/partition/partition-lifecycle.ts',
    find: 'if (this.commits.isSetBack && !this.commits.isComplete) this.commit()',
    plant: 'if (this.commits.isSetBack && this.commits.isComplete) this.commit()',
    caughtBy: { file: 'test/unit/behaviour/commit-api.test.ts', test: 'sets nothing back that a drain stores' }
  },
  {
    name: 'says the number of an error code and not its name',
    file: 'src/model/describe-fault.ts',
    find: 'was answered with ${name} (${code})',
    plant: 'was answered with code ${code}',
    caughtBy: { file: 'test/unit/model/describe-fault.test.ts', test: 'names an error code' }
  },
  {
    name: 'trusts nobody, in silence, where a CA is no certificate',
    file: 'src/sources/kafka/tls-problems.ts',
    find: '  if (begun === 0) {\n',
    plant: '  if (begun < 0) {\n',
    caughtBy: { file: 'test/unit/sources/kafka/tls-problems.test.ts', test: 'the name of a CA’s file' }
  },
  {
    name: 'takes no offsets of a partition that drains',
    file: 'src/core/partition/partition-lifecycle.ts',
    find: "return this.isLive || this.current === 'draining'",
    plant: 'return this.isLive',
    caughtBy: { file: 'test/unit/behaviour/commits-while-draining.test.ts', test: 'are stored' }
  },
  {
    name: 'is drained before the offset is handed over that acknowledges what it waits for',
    file: 'src/sources/consumer/assigned-partition.ts',
    find: 'afterAcknowledging(this.lookIfDrained)',
    plant: 'this.lookIfDrained()',
    caughtBy: { file: 'test/unit/behaviour/commits-while-draining.test.ts', test: 'are stored' }
  },
  ...partitionBugs,
  ...producerBugs,
  ...retryBugs,
  ...storeBugs,
  ...wireBugs,
  ...consumerProtocolBugs,
  ...shareBugs,
  ...fetchingBugs,
  ...guardBugs,
  ...keptScheduleBugs,
  ...kitBugs
]
