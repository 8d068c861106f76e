import { isRight } from 'fp-ts/lib/Either.js'
import { type MemoryCluster, memoryCluster } from '../../src/sources/memory/memory-cluster.js'
import { decodeProducerConfig, type ProducerProperties } from '../../src/config/producer-config.js'
import type { Fault } from '../../src/model/fault.js'
import type { OutgoingRecord, ProducerSession } from '../../src/ports/producer-session.js'
import { VirtualClock } from './virtual-clock.js'

/** What was told of a record: where it is, or why not. */
export type Told = string | Fault

/** A producer on an embedded cluster, in virtual time. */
export class Producing {
  readonly clock = new VirtualClock()
  readonly cluster: MemoryCluster
  readonly session: ProducerSession
  /** By number of the record: everything that was told of it. */
  readonly told: Told[][] = []
  flushed = 0

  constructor(partitions: number, properties: ProducerProperties = {}) {
    this.cluster = memoryCluster({ topics: { t: partitions }, time: this.clock })
    const settings = decodeProducerConfig(properties)
    if (!isRight(settings)) throw new Error('these properties are wrong')
    this.session = this.cluster.openProducer(settings.right)
  }

  send(record: Partial<OutgoingRecord> = {}): void {
    const index = this.told.length
    this.told.push([])
    const callbacks = {
      written: (at: number, topic: string, partition: number, offset: bigint) => {
        this.told[at]?.push(`${topic}/${String(partition)}@${String(offset)}`)
      },
      failed: (at: number, fault: Fault) => {
        this.told[at]?.push(fault)
      }
    }
    const given = { topic: 't', partition: 0, key: null, value: String(index), headers: [], ...record }
    this.session.send(given, callbacks, index)
  }

  flush(): void {
    this.session.flush().subscribe(() => this.flushed++)
  }

  /** What a partition holds. */
  log(partition = 0): readonly (string | null)[] {
    const text = new TextDecoder()
    return this.cluster
      .records({ topic: 't', partition })
      .map(({ value }) => (value === null ? null : text.decode(value)))
  }
}
