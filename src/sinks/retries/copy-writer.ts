import { type Either, left, right } from 'fp-ts/lib/Either.js'
import type { Subscription } from 'rxjs'
import type { ProducerProperties } from '../../config/producer-config.js'
import type { FailedRecord } from '../../model/failure-policy.js'
import type { Fault } from '../../model/fault.js'
import type { Cluster } from '../../ports/cluster.js'
import type { OutgoingRecord, WrittenRecord } from '../../ports/producer-session.js'
import { consumerWaits } from '../consumer-waits.js'
import { type ProducerUse, useProducer } from '../shared-producer.js'
import { oneByOne, ReportedWaits } from '../until-written.js'

/**
 * Copies that are due much later wait a moment, so that one request takes several: each batch is written once and read twice, by
 * the owner of the retry partition and by the index of waiting records. That
 * costs several times as much as the copies in it.
 */
const gatheredFor = (ms: number): ProducerProperties =>
  Object.freeze({ ...oneByOne, 'linger.ms': ms, 'request.timeout.ms': oneByOne['request.timeout.ms'] - ms })

const longestGatheringMs = 100

/** From this delay on copies are gathered. */
const gatheredFromMs = 1_000

/** The copies that are on their way to a topic. */
interface Flight {
  readonly use: ProducerUse
  readonly waits: ReportedWaits
  readonly reports: Subscription
  left: number
}

/**
 * Sends copies to retry topics, once each. What copies that are on their way at the same time have in common is done once
 * for all of them: the use of the producer, and the report of what it waits for.
 *
 * Copies for one partition are written in the order of the calls. Those of one moment have one deadline, and their
 * batches are written in sequence: none is given up while a later one is written, unless the broker refuses it for good.
 */
export class CopyWriter {
  /** of the producer */
  readonly properties: ProducerProperties
  private readonly cluster: Cluster
  private readonly flights = new Map<string, Flight>()

  /** @param leastDelayMs the shortest time after which a copy is due */
  constructor(cluster: Cluster, leastDelayMs: number) {
    this.cluster = cluster
    this.properties =
      leastDelayMs < gatheredFromMs ? oneByOne : gatheredFor(Math.min(longestGatheringMs, leastDelayMs / 20))
  }

  /**
   * @param failed gets the events of waits
   * @param answered called once, also after the pipeline has ended, since what was sent may still be written
   */
  write(record: OutgoingRecord, failed: FailedRecord, answered: (answer: Either<Fault, WrittenRecord>) => void): void {
    const flight = this.flights.get(record.topic) ?? this.begin(record.topic, failed)
    flight.left++
    const over = (answer: Either<Fault, WrittenRecord>): void => {
      answered(answer)
      if (--flight.left === 0) this.end(record.topic, flight)
    }
    flight.use.session.send(
      record,
      {
        carried: failed.record,
        written: (_index, topic, partition, offset) => {
          over(right({ topic, partition, offset }))
        },
        failed: (_index, fault) => {
          over(left(fault))
        }
      },
      0
    )
  }

  private begin(topic: string, failed: FailedRecord): Flight {
    const use = useProducer(this.cluster, this.properties)
    const waits = new ReportedWaits(this.cluster.clock, failed)
    const reports = consumerWaits(use.session, topic).subscribe((event) => {
      waits.report(event)
    })
    const flight = { use, waits, reports, left: 0 }
    this.flights.set(topic, flight)
    return flight
  }

  private end(topic: string, { use, waits, reports }: Flight): void {
    this.flights.delete(topic)
    reports.unsubscribe()
    waits.end()
    use.release()
  }
}
