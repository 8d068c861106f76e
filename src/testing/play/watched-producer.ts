import { filter, Observable } from 'rxjs'
import type { DeliveryCallbacks } from '../../core/producing/delivery-callbacks.js'
import type { ProducerSession } from '../../ports/producer-session.js'
import type { Step } from '../../ports/step.js'
import type { ScopedClock } from '../time/scoped-clock.js'
import type { SentRecord } from './sent-record.js'

/** The process of a producer, and the receiver of what it writes. */
export interface ProducerWatch {
  readonly isDead: () => boolean
  readonly enter: (run: () => void) => void
  readonly realTopic: (topic: string) => string
  readonly asked: (topic: string) => void
  readonly written: (sent: SentRecord) => void
}

/** A dead process sends nothing and receives nothing; callbacks of an answer run in the process. */
export const living = <A>(step: Step<A>, process: ScopedClock): Step<A> =>
  new Observable((subscriber) => {
    if (process.isDead) return undefined
    return step.subscribe({
      next: (answer) => {
        if (!process.isDead)
          process.enter(() => {
            subscriber.next(answer)
          })
      },
      complete: () => {
        if (!process.isDead)
          process.enter(() => {
            subscriber.complete()
          })
      }
    })
  })

/** Reports the outcome of a record if the process lives. */
export const watchedDelivery = (
  { isDead, enter }: Pick<ProducerWatch, 'isDead' | 'enter'>,
  callbacks: DeliveryCallbacks,
  written: (partition: number) => void
): DeliveryCallbacks => ({
  written: (of, topic, partition, offset) => {
    if (isDead()) return
    written(partition)
    enter(() => {
      callbacks.written(of, topic, partition, offset)
    })
  },
  failed: (of, fault) => {
    if (!isDead())
      enter(() => {
        callbacks.failed(of, fault)
      })
  }
})

/** Wraps the producer of one process of a scenario to record it. */
export const watchedProducer = (
  session: ProducerSession,
  { isDead, enter, realTopic, asked, written }: ProducerWatch,
  acks: SentRecord['acks']
): ProducerSession => ({
  events: session.events.pipe(filter(() => !isDead())),
  send: (record, callbacks, index) => {
    if (isDead()) return
    const named = { ...record, topic: realTopic(record.topic) }
    asked(named.topic)
    session.send(
      named,
      watchedDelivery({ isDead, enter }, callbacks, (partition) => {
        written({ record: named, partition, acks })
      }),
      index
    )
  },
  status: () => session.status(),
  flush: () => session.flush().pipe(filter(() => !isDead())),
  close: () => {
    session.close()
  }
})
