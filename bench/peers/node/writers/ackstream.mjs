import { producer } from 'ackstream'
import { kafka } from 'ackstream/kafka'
import { lastValueFrom, tap } from 'rxjs'
import { isLeft } from 'fp-ts/lib/Either.js'

export const writer = ({ brokers, topic, idempotent, compression }) => {
  const records = producer(kafka({ 'bootstrap.servers': brokers }), {
    'enable.idempotence': idempotent,
    'compression.type': compression
  })
  const confirmed = ({ outcome }) => {
    if (isLeft(outcome)) throw new Error('a record was not written')
  }
  return {
    send: (values) => lastValueFrom(records.sendAll(values.map((value) => ({ topic, value }))).pipe(tap(confirmed))),
    close: () => records.close()
  }
}
