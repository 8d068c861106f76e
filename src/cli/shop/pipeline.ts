import { type Observable, tap } from 'rxjs'
import { json } from '../../codecs/json.js'
import { nullable } from '../../codecs/nullable.js'
import { utf8 } from '../../codecs/utf8.js'
import type { Committed } from '../../model/committed.js'
import type { PartitionStream } from '../../model/partition-stream.js'
import { commit } from '../../operators/commit.js'
import { deserialize } from '../../operators/deserialize.js'
import { handle } from '../../operators/handle.js'
import type { Cluster } from '../../ports/cluster.js'
import { deadLetter } from '../../sinks/dead-letter.js'
import { produceTo } from '../../sinks/produce-to.js'
import { writeNdjson } from '../../sinks/write-ndjson.js'
import { Order, price } from './order.js'

/** The topics of the shop. */
export interface ShopTopics {
  readonly orders: string
  readonly priced: string
  readonly invalid: string
}

/** The whole pipeline for one partition: a committed record is in the store and in the topic, or among the invalid ones. */
export const pricing =
  (cluster: Cluster, topics: ShopTopics, store: string, handled: () => void) =>
  (partition: PartitionStream): Observable<Committed> =>
    partition.pipe(
      deserialize(
        { key: nullable(utf8), value: json(Order) },
        { onFailure: deadLetter(cluster, { topic: topics.invalid }) }
      ),
      handle((record) => price(record.value), { concurrency: 16, order: 'key' }),
      writeNdjson(store),
      produceTo(cluster, {
        topic: topics.priced,
        record: ({ key, value }) => ({ key, value: JSON.stringify(value) })
      }),
      tap(handled),
      commit({ every: 500, withinMs: 250 })
    )
