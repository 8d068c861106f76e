import { isRight } from 'fp-ts/lib/Either.js'
import { tap } from 'rxjs'
import type { Step } from '../../ports/step.js'
import type { TransactionOffset, TransactionSession } from '../../ports/transaction-session.js'
import type { SentRecord } from './sent-record.js'
import { type ProducerWatch, watchedDelivery } from './watched-producer.js'

/** Receives what a transaction commits besides its records. */
export interface TransactionWatch extends ProducerWatch {
  readonly stored: (offsets: readonly TransactionOffset[]) => void
}

/**
 * Wraps the transactional producer of one process of a scenario to record it: records and offsets count when their transaction
 * is committed. With `realTopic`, topics have the cluster's names.
 */
export const watchedTransactions = (
  session: TransactionSession,
  { isDead, enter, realTopic, asked, written, stored }: TransactionWatch
): TransactionSession => {
  let records: SentRecord[] = []
  let offsets: TransactionOffset[] = []
  const forget = (): void => {
    records = []
    offsets = []
  }
  const committed = (): void => {
    const [done, at] = [records, offsets]
    forget()
    for (const record of done) written(record)
    if (at.length > 0) stored(at)
  }
  const whenRight = <A>(step: Step<A>, run: () => void): Step<A> =>
    step.pipe(
      tap((answer) => {
        if (isRight(answer) && !isDead()) run()
      })
    )
  return {
    begin: () => whenRight(session.begin(), forget),
    send: (record, callbacks, index) => {
      if (isDead()) return
      const named = { ...record, topic: realTopic(record.topic) }
      asked(named.topic)
      session.send(
        named,
        watchedDelivery({ isDead, enter }, callbacks, (partition) =>
          records.push({ record: named, partition, acks: 'all' })
        ),
        index
      )
    },
    sendOffsets: (member, sent) =>
      whenRight(session.sendOffsets(member, sent), () => {
        offsets.push(...sent)
      }),
    commit: () => whenRight(session.commit(), committed),
    abort: () => {
      forget()
      return session.abort()
    },
    close: () => {
      session.close()
    }
  }
}
