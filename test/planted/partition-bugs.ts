import type { PlantedBug } from './planted-bugs.js'

const lifecycle = 'src/core/partition/partition-lifecycle.ts'
const rules = {
  file: 'test/properties/partition-lifecycle.test.ts',
  test: 'keeps its rules, whatever happens to it'
}
const once = { ...rules, test: 'ends once, with one report' }

/** Bugs of the life of an assigned partition, which random events have to show. */
export const partitionBugs: readonly PlantedBug[] = [
  {
    name: 'does not say which swallowed record a drain could not commit',
    file: 'src/sources/consumer/partition-delivery.ts',
    find: 'if (this.present !== null && this.life.pipeline.hasRunOut) this.watch.ranOut(this.present)',
    plant: '',
    caughtBy: {
      file: 'test/unit/behaviour/rxjs-operators.test.ts',
      test: 'filter is found out by a drain, which would have to wait for the record'
    }
  },
  {
    name: 'takes the answer to a question that a seek has overtaken',
    file: lifecycle,
    find: "this.current === 'locating' && cursor === this.reading.cursor",
    plant: "this.current === 'locating' && cursor <= this.reading.cursor",
    caughtBy: rules
  },
  {
    name: 'lets the committed offset overrule a seek that came before the assignment was told',
    file: lifecycle,
    find: 'if (this.reading.cursor === 0) ',
    plant: '',
    caughtBy: rules
  },
  {
    name: 'delivers while it drains',
    file: lifecycle,
    find: "return this.current === 'reading' && this.pipeline.isSubscribed && this.reading.isFetching",
    plant: "return this.current !== 'locating' && this.pipeline.isSubscribed && this.reading.ledger !== null",
    caughtBy: rules
  },
  {
    name: 'delivers what comes for a reading that an unsubscription has ended',
    file: 'src/core/partition/reading.ts',
    find: '  stop(): void {\n    this.fetches = false\n',
    plant: '  stop(): void {\n',
    caughtBy: rules
  },
  {
    name: 'goes on from its position, not from the first unsettled record, when it is subscribed to again',
    file: 'src/core/partition/reading.ts',
    find: 'this.book = new Ledger(from.offset)',
    plant: 'this.book = new Ledger(this.position ?? from.offset)',
    caughtBy: rules
  },
  {
    name: 'resumes for a subscription that is over',
    file: lifecycle,
    find: 'if (pipeline.isSubscribed && pipeline.subscription === event.subscription) ',
    plant: 'if (pipeline.isSubscribed) ',
    caughtBy: rules
  },
  {
    name: 'does not wait for the work under way when it drains',
    file: lifecycle,
    find: 'if (!pipeline.isOver && reading.inFlight > 0) return',
    plant: '',
    caughtBy: rules
  },
  {
    name: 'is over while a record is handed over',
    file: lifecycle,
    find: '!ending.isDraining || pipeline.isHandingOver || !this.isDraining',
    plant: '!ending.isDraining || !this.isDraining',
    caughtBy: rules
  },
  {
    name: 'waits for a pipeline that has failed',
    file: lifecycle,
    find: 'if (!pipeline.isOver && reading.inFlight > 0) return',
    plant: 'if (reading.inFlight > 0) return',
    caughtBy: rules
  },
  {
    name: 'commits what is lost',
    file: lifecycle,
    find: "        this.end('aborted', 'lost')\n        break\n      case 'stalled'",
    plant: "        this.commit()\n        this.end('aborted', 'lost')\n        break\n      case 'stalled'",
    caughtBy: rules
  },
  {
    name: 'does something after its end',
    file: lifecycle,
    find: "    if (this.current === 'released') return this.effects\n",
    plant: '',
    caughtBy: once
  },
  {
    name: 'never gives up a commit that is not answered',
    file: lifecycle,
    find: "else this.end(this.ending.forced, 'revoked')\n        break\n      case 'commit answered'",
    plant: "else this.force('timed out')\n        break\n      case 'commit answered'",
    caughtBy: once
  },
  {
    name: 'lets a later deadline replace an earlier one',
    file: 'src/core/partition/partition-ending.ts',
    find: 'if (deadline >= this.deadline) return null',
    plant: '',
    caughtBy: rules
  },
  {
    name: 'does not answer the group that asks for what a drain has begun to end',
    file: 'src/core/partition/partition-ending.ts',
    find: "if (trigger === 'revocation') this.revoked = true",
    plant: "if (this.requested === 'revocation') this.revoked = true",
    caughtBy: rules
  },
  {
    name: 'releases what it has lost',
    file: lifecycle,
    find: "    if (how === 'lost') this.emit({ _tag: 'lost', report })",
    plant: "    if (how === 'lost') this.emit({ _tag: 'release' }, { _tag: 'lost', report })",
    caughtBy: rules
  },
  {
    name: 'does not abort what is lost',
    file: lifecycle,
    find: 'if (forced !== null || reading.parked > 0) this.abort()',
    plant: 'if (reading.parked > 0) this.abort()',
    caughtBy: rules
  },
  {
    name: 'leaves what is parked to itself',
    file: lifecycle,
    find: 'if (forced !== null || reading.parked > 0) this.abort()',
    plant: 'if (forced !== null) this.abort()',
    caughtBy: rules
  },
  {
    name: 'says that everything is done though the last commit was refused',
    file: lifecycle,
    find: 'const isDone = reading.inFlight === 0 && commits.isComplete',
    plant: 'const isDone = reading.inFlight === 0',
    caughtBy: rules
  },
  {
    name: 'lets operators keep the deliveries before each seek',
    file: 'src/sources/consumer/delivery-epoch.ts',
    find: 'this.whenOver.next()',
    plant: 'void this.whenOver',
    caughtBy: {
      file: 'test/unit/behaviour/ended-deliveries.test.ts',
      test: 'keeps nothing, however many seeks there are'
    }
  },
  {
    name: 'aborts the signal of an attempt that has ended long ago',
    file: 'src/operators/handling/attempt-context.ts',
    find: '    runningUnder(this.shared).delete(this)\n',
    plant: '',
    caughtBy: {
      file: 'test/unit/operators/handler-signal.test.ts',
      test: 'does not abort for a record that was handled before'
    }
  },
  {
    name: 'says nothing of an open transaction that holds up a reader',
    file: 'src/sources/consumer/open-transaction.ts',
    find: 'const offset = lastStableOffset < highWatermark ? lastStableOffset : null',
    plant: 'const offset = lastStableOffset < highWatermark - highWatermark ? lastStableOffset : null',
    caughtBy: { file: 'test/unit/sources/consumer/open-transaction.test.ts', test: 'reported after ten seconds' }
  },
  {
    name: 'looks up the start of partitions that were given up',
    file: 'src/sources/consumer/locate-start.ts',
    find: 'session.listOffsets(queries, isAwaited)',
    plant: 'session.listOffsets(queries)',
    caughtBy: {
      file: 'test/unit/behaviour/abandoned-lookups.test.ts',
      test: 'by ListOffsets of several partitions does not end the consumer'
    }
  },
  {
    name: 'ends a consumer for one of the topics that match its pattern',
    file: 'src/core/fetching/fetch-answers.ts',
    find: 'if (this.leaders.isNamed(topic)) this.refused(state, fault)',
    plant: 'if (this.leaders.isNamed(topic) || now > 0) this.refused(state, fault)',
    caughtBy: { file: 'test/unit/behaviour/withdrawn-acl.test.ts', test: 'only matches a pattern: Fetch' }
  }
]
