import { defer, filter, NEVER } from 'rxjs'
import type { Receipts } from '../../core/producing/producer-batch.js'
import type { OutgoingRecord, ProducerSession } from '../../ports/producer-session.js'
import type { Step } from '../../ports/step.js'

/** Whose producer it is, and who is told of what it has written. */
export interface ProducerWatch {
  readonly isDead: () => boolean
  readonly realTopic: (topic: string) => string
  readonly written: (record: OutgoingRecord) => void
}

/** A dead process sends nothing, and hears of nothing. */
export const living = <A>(step: Step<A>, isDead: () => boolean): Step<A> =>
  defer(() => (isDead() ? NEVER : step)).pipe(filter(() => !isDead()))

/** The producer of one process of a scenario, looked at. */
export const watchedProducer = (
  session: ProducerSession,
  { isDead, realTopic, written }: ProducerWatch
): ProducerSession => ({
  events: session.events.pipe(filter(() => !isDead())),
  // prettier-ignore
  send: (record, receipts, index) => {
    if (isDead()) return
    const named = { ...record, topic: realTopic(record.topic) }
    const watched: Receipts = {
      written: (of, topic, partition, offset) => {
        if (isDead()) return
        written(named)
        receipts.written(of, topic, partition, offset)
      },
      failed: (of, fault) => {
        if (!isDead()) receipts.failed(of, fault)
      }
    }
    session.send(named, watched, index)
  },
  flush: () => living(session.flush(), isDead),
  close: () => {
    session.close()
  }
})
