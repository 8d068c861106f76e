import type { ProducedBatch, ProduceRequest } from '../../../ports/kafka-calls.js'
import type { Api } from './api.js'
import { produceV7 } from './produce-v7.js'
import { produceV9 } from './produce-v9.js'

/**
 * Version 12, written and read as 9: what is written to joins the transaction by that. There is no older version of that, and
 * what was newer in between (the current leader in an answer) is a tag that may be skipped.
 */
export const produceV12: Api<ProduceRequest, readonly ProducedBatch[] | undefined> = {
  ...produceV7,
  version: 12,
  write: produceV9.write,
  read: produceV9.read
}
