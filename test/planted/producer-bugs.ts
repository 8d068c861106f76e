import type { PlantedBug } from './planted-bugs.js'

/** Bugs of the producer and its transactions that no schedule looks at. */
export const producerBugs: readonly PlantedBug[] = [
  {
    name: 'puts records that waited for memory behind later ones that wait for their topic',
    file: 'src/engine/producing/waiting-records.ts',
    find: 'this.unknown.set(topic, merged(records, this.takeTopic(topic)))',
    plant: 'for (const record of records) this.forTopic(record, "topic")',
    caughtBy: {
      file: 'test/unit/engine/producing/waiting-order.test.ts',
      test: 'in the order of their arrival when the topic is made again'
    }
  },
  {
    name: 'puts records that waited for their partition behind later ones that wait for memory',
    file: 'src/engine/producing/waiting-records.ts',
    find: 'const isBehind = (former.last?.arrival ?? 0) <= (records[0]?.arrival ?? 0)',
    plant: 'const isBehind = former.length >= 0',
    caughtBy: {
      file: 'test/unit/engine/producing/waiting-order.test.ts',
      test: 'in that order when their partition is added'
    }
  },
  {
    name: 'chooses the partition by metadata from before a long pause',
    file: 'src/engine/producing/topic-leaders.ts',
    find: '      this.known.delete(topic)\n      this.outdated.set(topic, known)\n    }\n    if (known === undefined || isOld) this.refresh(topic)\n    return isOld ? undefined : known\n',
    plant: '    }\n    if (known === undefined || isOld) this.refresh(topic)\n    return known\n',
    caughtBy: {
      file: 'test/unit/engine/producing/idle-topic.test.ts',
      test: 'it may have more partitions by now'
    }
  },
  {
    name: 'ends a transaction by an abort while a write is in flight, which the next one then commits',
    file: 'src/engine/transactions/transaction-scope.ts',
    find: '  readonly takesLateWrites = true\n',
    plant: '  readonly takesLateWrites = false\n',
    caughtBy: {
      file: 'test/unit/engine/transactions/transaction-answers.test.ts',
      test: 'waits for it under version 1'
    }
  },
  {
    name: 'takes the consequence of a refusal for its reason',
    file: 'src/core/producing/transaction-verdict.ts',
    find: 'const ofOthers = 1\n',
    plant: 'const ofOthers = 3\n',
    caughtBy: {
      file: 'test/unit/engine/transactions/transaction-answers.test.ts',
      test: 'asks again where a broker does not know one of them yet'
    }
  },
  {
    name: 'commits offsets of a deleted topic again and again, though the transaction is aborted',
    file: 'src/engine/transactions/transaction-requests.ts',
    find: 'if (!isNeeded()) return give(left(aborted))',
    plant: 'if (!isNeeded()) clock.now()',
    caughtBy: {
      file: 'test/unit/engine/transactions/transaction-answers.test.ts',
      test: 'does not hold up an abort'
    }
  },
  {
    name: 'writes keys elsewhere since a broker does not know of new partitions yet',
    file: 'src/engine/producing/topic-leaders.ts',
    find: '? [...former.leaders] : []',
    plant: '? [...former.leaders].slice(0, 0) : []',
    caughtBy: { file: 'test/unit/behaviour/metadata-from-the-past.test.ts', test: 'keys keep their partitions' }
  },
  {
    name: 'does not ask for the leader of a partition that the recreated topic lacks',
    file: 'src/engine/producing/open-producer.ts',
    find: 'if (highest >= known.leaders.length) leaders.refreshLater(topic)',
    plant: 'if (highest < 0) leaders.refreshLater(topic)',
    caughtBy: {
      file: 'test/unit/engine/producing/recreated-topic.test.ts',
      test: 'fewer partitions than a batch needs'
    }
  },
  {
    name: 'commits offsets of a transaction while its records are under way',
    file: 'src/engine/transactions/offsets-beside-writes.ts',
    find: 'if (this.hasWritten)\n',
    plant: 'if (this.hasWritten && this.holding > 0)\n',
    caughtBy: {
      file: 'test/unit/engine/transactions/offsets-beside-writes.test.ts',
      test: 'are committed once the records under way are written'
    }
  }
]
