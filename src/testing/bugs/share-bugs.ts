import { EMPTY, map, mergeMap, type Observable, of, tap } from 'rxjs'
import { settle } from '../../model/carried.js'
import { type ConsumerRecord, DerivedRecord } from '../../model/consumer-record.js'
import type { ShareConsumer } from '../../sources/consumer/share/share-consumer.js'
import { RecordedAck } from '../play/recorded-record.js'
import { alteredShareConsumer, type SharedConsumerRecord, withMark } from '../play/recorded-share-consumer.js'
import type { BugScene, PlantedBug } from './planted-bug.js'

type Records = (scene: BugScene, inner: ShareConsumer) => Observable<SharedConsumerRecord>

/** A bug that changes the records of a share group that reach the pipeline. */
const onShareRecords =
  (records: Records): NonNullable<PlantedBug['plantShare']> =>
  (pipeline, scene) =>
  (jobs, tools) =>
    pipeline(
      alteredShareConsumer(jobs, (inner) => records(scene, inner)),
      tools
    )

const unseen = {
  settled: (): void => undefined,
  failed: (): void => undefined,
  begins: (): void => undefined,
  ends: () => (): void => undefined
}

/** Keeps settled records settled, and settles refused ones. */
class Acknowledgement extends RecordedAck {
  private readonly acted: () => void
  private readonly forgets: 'settled' | 'refused'

  constructor(record: ConsumerRecord, acted: () => void, forgets: 'settled' | 'refused') {
    super(record, unseen)
    this.acted = acted
    this.forgets = forgets
  }

  override settle(): void {
    if (this.forgets === 'settled') this.acted()
    else settle(this.record)
  }

  override refuse(seq: number, as: Parameters<RecordedAck['refuse']>[1]): boolean {
    if (this.forgets === 'settled') return super.refuse(seq, as)
    this.acted()
    settle(this.record)
    return true
  }
}

const acknowledgedAs = (forgets: 'settled' | 'refused') =>
  onShareRecords((scene, jobs) =>
    jobs.pipe(map((record) => withMark(record.withTarget(new Acknowledgement(record, scene.acted, forgets), 0))))
  )

/** A record that looks like a first delivery. */
class FirstDelivery extends DerivedRecord<ConsumerRecord['key'], ConsumerRecord['value']> {
  override get deliveryCount(): number {
    return 1
  }
}

const asFirst = (record: ConsumerRecord): SharedConsumerRecord => {
  const acks = new RecordedAck(record, unseen)
  const first = new FirstDelivery(acks, 0, record.source, record.key, record.value)
  return withMark(new DerivedRecord(acks, 0, first, record.key, record.value))
}

export const acknowledgesEarly = /*#__PURE__*/ onShareRecords((scene, jobs) =>
  jobs.pipe(
    tap((record) => {
      scene.acted()
      settle(record)
    })
  )
)

export const neverAcknowledges = /*#__PURE__*/ acknowledgedAs('settled')

export const acceptsFailures = /*#__PURE__*/ acknowledgedAs('refused')

/** Drops the last record that the diagram writes to a partition; `last` returns its offset. */
export const dropsTheLast = (last: (scene: BugScene, record: ConsumerRecord) => bigint): PlantedBug['plantShare'] =>
  onShareRecords((scene, jobs) =>
    jobs.pipe(
      mergeMap((record) => {
        if (record.offset !== last(scene, record)) return of(record)
        scene.acted()
        settle(record)
        return EMPTY
      })
    )
  )

export const ignoresTheCount = /*#__PURE__*/ onShareRecords((scene, jobs) =>
  jobs.pipe(
    map((record) => {
      if (record.deliveryCount === 1) return record
      scene.acted()
      return asFirst(record)
    })
  )
)
