import { TakenRecord } from '../../core/producing/outgoing-record.js'
import type { DeliveryCallbacks } from '../../core/producing/delivery-callbacks.js'
import { SendMessage, sending } from '../../internal/trace-channels.js'
import { ConsumerError } from '../../model/consumer-error.js'
import type { Fault } from '../../model/fault.js'

/** Sends a record and publishes it to the tracing channel; subscribers may add headers, which are sent with it. */
export const sendTraced = (
  record: TakenRecord,
  transactional: boolean,
  callbacks: DeliveryCallbacks,
  send: (record: TakenRecord, callbacks: DeliveryCallbacks) => void
): void => {
  const message = new SendMessage(record, transactional, callbacks.carried ?? null)
  sending.begin(message, () => {
    const { headers } = message
    const { topic, key, value, partition, timestamp } = record
    const withHeaders =
      headers === record.headers ? record : new TakenRecord({ topic, key, value, headers, partition, timestamp })
    send(withHeaders, new TracedDelivery(message, callbacks))
  })
}

/** Publishes the outcome to the tracing channel, then reports it to the sender. */
class TracedDelivery implements DeliveryCallbacks {
  private readonly message: SendMessage
  private readonly callbacks: DeliveryCallbacks

  constructor(message: SendMessage, callbacks: DeliveryCallbacks) {
    this.message = message
    this.callbacks = callbacks
  }

  written(index: number, topic: string, partition: number, offset: bigint): void {
    const { message } = this
    message.partition = partition
    message.offset = offset
    sending.succeeded(message)
    this.callbacks.written(index, topic, partition, offset)
  }

  failed(index: number, fault: Fault): void {
    sending.failed(this.message, new ConsumerError(fault))
    this.callbacks.failed(index, fault)
  }
}
