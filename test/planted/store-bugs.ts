import type { PlantedBug } from './planted-bugs.js'

const outbox = 'test/unit/sinks/outbox/outbox.test.ts'
const files = 'test/unit/sinks/write-ndjson-files.test.ts'
const drains = 'test/unit/sinks/ndjson-drain.test.ts'

/** Bugs of what publishes rows of a database, and of what writes lines to files. */
export const storeBugs: readonly PlantedBug[] = [
  {
    name: 'marks rows behind one of their key that stays due',
    file: 'src/sinks/outbox/row-publisher.ts',
    find: 'if (row.key !== null) due.add(keyOf(row))',
    plant: 'if (row.key !== null) due.clear()',
    caughtBy: { file: outbox, test: 'publishes the later rows of a key again behind one that was given up' }
  },
  {
    name: 'publishes rows again whose mark has failed',
    file: 'src/sinks/outbox/outbox-run.ts',
    find: '    await this.mark()\n    if (!(await table.lease(this.owner, settings.leaseMs))) {',
    plant: '    if (!(await table.lease(this.owner, settings.leaseMs))) {',
    caughtBy: { file: outbox, test: 'waits while the database fails, says so, and publishes nothing twice for it' }
  },
  {
    name: 'publishes without the lease',
    file: 'src/sinks/outbox/outbox-run.ts',
    find: '      this.standBy()\n      return settings.pollMs\n    }\n    const publisher',
    plant: '      this.standBy()\n    }\n    const publisher',
    caughtBy: { file: outbox, test: 'lets one of several readers publish', byWaiting: true }
  },
  {
    name: 'takes a row for published that nobody has confirmed',
    file: 'src/sinks/outbox/outbox.ts',
    find: "if (producer['transactional.id'] === undefined && producer.acks === 0)",
    plant: "if (producer['transactional.id'] === '' && producer.acks === 0)",
    caughtBy: { file: outbox, test: 'is checked' }
  },
  {
    name: 'writes lines again that were on the disk when the process was killed',
    file: 'src/sinks/ndjson-partition-files.ts',
    find: 'lines.filter(({ next }) => next > file.next)',
    plant: 'lines.filter(({ next }) => next > 0n)',
    caughtBy: { file: files, test: 'writes no line twice after a kill' }
  },
  {
    name: 'keeps what a killed process wrote and nobody acknowledged',
    file: 'src/sinks/ndjson-partition-file.ts',
    find: '      await handle.truncate(bytes)\n',
    plant: '',
    caughtBy: { file: files, test: 'cuts off what was not acknowledged' }
  },
  {
    name: 'keeps a connection that hangs beyond the time limit of its write',
    file: 'src/sinks/postgres/postgres-client.ts',
    find: "  signal?.addEventListener('abort', destroy)\n",
    plant: '',
    caughtBy: {
      file: 'test/unit/sinks/postgres-hangs.test.ts',
      test: 'closes connections that hang beyond its time limit',
      byWaiting: true
    }
  },
  {
    name: 'gives a partition back before its file has its final name',
    file: 'src/sinks/ndjson-partition-files.ts',
    find: '        .catch(this.failed)\n        .finally(done)\n',
    plant: '        .catch(this.failed)\n      done()\n',
    caughtBy: { file: drains, test: 'a drain is over only when each file has its final name: one pipeline for all' }
  },
  {
    name: 'ends an assignment without the last work of its operators',
    file: 'src/sources/consumer/last-work.ts',
    find: 'if (--left === 0) over()',
    plant: 'if (--left >= 0 && task === own) over()',
    caughtBy: { file: drains, test: 'a drain is over only when each file has its final name: a pipeline for each' }
  },
  {
    name: 'says of a line that it is on the disk for partitions whose file does not have it',
    file: 'src/sinks/write-ndjson-files.ts',
    find: 'if (record.partition !== partition || record.topic !== topic) throw ofSeveral(first, record)',
    plant: 'if (record.partition < 0) throw ofSeveral(first, record)',
    caughtBy: { file: drains, test: 'an aggregate of several partitions is refused', byWaiting: true }
  },
  {
    name: 'says nothing of a store that does not answer',
    file: 'src/sinks/batches/sink-run.ts',
    find: '      this.watch(batch, firstOriginOf(whole))\n',
    plant: '',
    caughtBy: { file: 'test/unit/sinks/late-call.test.ts', test: 'is reported after ten seconds' }
  },
  {
    name: 'acknowledges lines of a file that was removed',
    file: 'src/sinks/ndjson-file.ts',
    find: "while (where === 'removed') {",
    plant: "if (where === 'removed') {",
    caughtBy: { file: 'test/unit/sinks/ndjson-odd-files.test.ts', test: 'removes its file' }
  },
  {
    name: 'tries a batch without end that has two texts of one key',
    file: 'src/sinks/postgres/to-postgres.ts',
    find: '|21000$',
    plant: '',
    caughtBy: { file: 'test/unit/sinks/postgres-odd-rows.test.ts', test: '21000 is permanent' }
  },
  {
    name: 'gives records up because the disk is full',
    file: 'src/sinks/write-ndjson-files.ts',
    find: 'if (attempt >= attempts) failed(fault)',
    plant: 'if (attempt > attempts) failed(fault)',
    caughtBy: { file: 'test/unit/sinks/ndjson-disk-trouble.test.ts', test: 'gives up no record' }
  },
  {
    name: 'leaves the beginning of a line where the disk was full',
    file: 'src/sinks/ndjson-file.ts',
    find: 'if (size > this.bytes) await handle?.truncate(this.bytes)',
    plant: 'if (size < this.bytes) await handle?.truncate(this.bytes)',
    caughtBy: {
      file: 'test/unit/sinks/ndjson-disk-trouble.test.ts',
      test: 'leaves whole lines only where the disk was full'
    }
  },
  {
    name: 'puts lines that came during a failed write before those of that write',
    file: 'src/sinks/ndjson-file.ts',
    find: 'const behind = this.queue\n        this.queue = []\n',
    plant: 'const behind: Waiting[] = []\n',
    caughtBy: {
      file: 'test/unit/sinks/ndjson-disk-trouble.test.ts',
      test: 'fails lines that came meanwhile',
      byWaiting: true
    }
  },
  {
    name: 'takes the result of a driver for a row that was changed',
    file: 'src/sinks/once/offset-store.ts',
    find: "typeof advanced !== 'boolean'",
    plant: "typeof advanced === 'symbol'",
    caughtBy: {
      file: 'test/unit/sinks/once/lying-offset-store.test.ts',
      test: 'lets nothing be committed',
      byWaiting: true
    }
  },
  {
    name: 'says for ever that a transaction was aborted',
    file: 'src/sinks/transactions/transaction-run.ts',
    find: '      this.failures = 0\n      this.steps.notices.goesOn()\n',
    plant: '      this.failures = 0\n',
    caughtBy: { file: 'test/unit/sinks/waiting-transactions.test.ts', test: 'is over for the status' }
  },
  {
    name: 'says nothing while the end of a transaction has no answer',
    file: 'src/sinks/transactions/transaction-steps.ts',
    find: 'const unwatch = this.notices.watch(what)',
    plant: 'const unwatch = (): string => what',
    caughtBy: { file: 'test/unit/sinks/waiting-transactions.test.ts', test: 'is reported after ten seconds' }
  },
  {
    name: 'takes a batch that is written in part for written',
    file: 'src/sinks/once/write-batch.ts',
    find: 'if (first !== undefined && written.length < all.length) throw',
    plant: 'if (first !== undefined && written.length > all.length) throw',
    caughtBy: {
      file: 'test/unit/sinks/once/partly-written.test.ts',
      test: 'a batch that has records of before',
      byWaiting: true
    }
  },
  {
    name: 'writes without end what an OffsetStore calls behind',
    file: 'src/sinks/once/write-batch.ts',
    find: 'if (left.length === due.length) throw',
    plant: 'if (left.length > due.length) throw',
    caughtBy: {
      file: 'test/unit/sinks/once/lying-offset-store.test.ts',
      test: 'ends the pipeline'
    }
  }
]
