import { Observable } from 'rxjs'
import type { DeliveryCallbacks } from '../../core/producing/producer-batch.js'
import type { FailedRecord } from '../../model/failure-policy.js'
import type { Cluster } from '../../ports/cluster.js'
import type { OutgoingRecord, WrittenRecord } from '../../ports/producer-session.js'
import { waitsOf } from '../report-waits.js'
import { useProducer } from '../shared-producer.js'
import { oneByOne, Waits } from '../until-written.js'

/** Records of one order. */
export interface Ordered {
  /** gets the events of waits */
  readonly first: FailedRecord
  readonly topic: string
  /**
   * Called once, with the place of each record, or null for one that is not written. It is called after an
   * unsubscription too, since what was sent may still be written.
   */
  readonly answered: (places: readonly (WrittenRecord | null)[]) => void
}

/**
 * Sends records at once, to be written in this order, and emits once all are answered: the place of each, or null. As
 * they have one deadline, and their batches are written in sequence, none is given up while a later one is written,
 * unless the broker refuses it for good.
 */
export const sentInOrder = (
  cluster: Cluster,
  records: readonly OutgoingRecord[],
  { first, topic, answered }: Ordered
): Observable<readonly (WrittenRecord | null)[]> =>
  new Observable((subscriber) => {
    const { session, release } = useProducer(cluster, oneByOne)
    const waits = new Waits(cluster.clock, first)
    const places: (WrittenRecord | null)[] = records.map(() => null)
    let left = records.length
    const oneMore = (): void => {
      if (--left > 0) return
      answered(places)
      release()
      subscriber.next(places)
      subscriber.complete()
    }
    const callbacks: DeliveryCallbacks = {
      carried: first.record,
      written: (index, writtenTo, partition, offset) => {
        places[index] = { topic: writtenTo, partition, offset }
        oneMore()
      },
      failed: oneMore
    }
    subscriber.add(
      waitsOf(session, topic).subscribe((event) => {
        waits.report(event)
      })
    )
    subscriber.add(() => {
      waits.end()
    })
    records.forEach((record, index) => {
      session.send(record, callbacks, index)
    })
  })
