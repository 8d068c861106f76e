import { isLeft } from 'fp-ts/lib/Either.js'
import { concatMap, from, map, Observable } from 'rxjs'
import type { AckOrigin } from '../../model/acknowledgement.js'
import { recordsOf } from '../../model/aggregate.js'
import { type Carried, firstOriginOf } from '../../model/carried.js'
import { ConsumerError, faultOfError } from '../../model/consumer-error.js'
import type { DeadLetterPolicy, FailedRecord } from '../../model/failure-policy.js'
import type { ConsumerRecord } from '../../model/consumer-record.js'
import type { Fault } from '../../model/fault.js'
import { faultClass } from '../../model/fault-class.js'
import type { RecordPlace } from '../../model/record-place.js'
import type { OperatorName } from '../../model/operator-name.js'

/** The place of a record; for an aggregate, that of its first record. */
export const recordPlaceOf = (carried: Carried<unknown>): RecordPlace => {
  const [first] = recordsOf(carried)
  const { topic = '', partition = -1 } = first ?? firstOriginOf(carried) ?? {}
  return { topic, partition, offset: first?.offset ?? -1n }
}

/** The failure as data. A fault of this library is kept, since it says more than a plain failure. */
export const handlingFaultOf = (
  carried: Carried<unknown>,
  operator: OperatorName,
  attempt: number,
  cause: unknown
): Fault => {
  const fault = faultOfError(cause)
  return fault === null || namesNoRecord.has(fault._tag)
    ? { _tag: 'HandlerFault', operator, place: recordPlaceOf(carried), attempt, cause }
    : fault
}

/** Faults of what a handler called, which say nothing of the record that it was called for. */
const namesNoRecord: ReadonlySet<Fault['_tag']> = new Set(['TimeoutFault', 'UsageFault', 'ConfigFault', 'ClosedFault'])

/** Whether another attempt is pointless for this record: `classify` decides, otherwise the fault's class. */
export const isPermanent = <C>(
  cause: unknown,
  carried: C,
  classify: ((cause: unknown, carried: C) => 'retriable' | 'permanent') | undefined
): boolean => {
  if (classify !== undefined) {
    try {
      return classify(cause, carried) === 'permanent'
    } catch {
      // An exception leaves the class unknown: the record goes where failed records go.
      return true
    }
  }
  const fault = faultOfError(cause)
  return fault !== null && faultClass(fault) === 'permanent'
}

export const reportFailed = (
  as: 'skipped' | 'released' | 'rejected',
  carried: Carried<unknown>,
  fault: Fault
): void => {
  for (const record of recordsOf(carried)) {
    const { topic, partition, offset } = record
    firstOriginOf(record)?.report({ _tag: as, topic, partition, offset, fault })
  }
}

/** A failed record for the dead letters. */
export interface Failed {
  readonly carried: Carried<unknown>
  readonly fault: Fault
  readonly attempts: number
}

/**
 * Writes the records to the dead letters, one after the other, so that their order is kept; none after one that cannot be
 * written. Completes when all are confirmed; errors with the fault of a refused one.
 */
export const writeAway = (
  { carried, fault, attempts }: Failed,
  policy: DeadLetterPolicy,
  received: { original(failed: FailedRecord): FailedRecord } | null = null
): Observable<never> => {
  const origin = firstOriginOf(carried)
  return from(recordsOf(carried)).pipe(
    concatMap(({ source }) => {
      const failed = failedRecord(source, fault, attempts, origin)
      return policy.take(received === null ? failed : received.original(failed)).pipe(
        map((answer): never[] => {
          if (isLeft(answer)) throw new ConsumerError(answer.left)
          const { topic, partition, offset } = source
          origin?.report({ _tag: 'dead lettered', topic, partition, offset, fault })
          return []
        })
      )
    }),
    concatMap((none) => none)
  )
}

/** A failed record, with the data that its policy may need. */
export const failedRecord = (
  record: ConsumerRecord,
  fault: Fault,
  attempts: number,
  origin: AckOrigin | null
): FailedRecord => {
  const failed = { record, fault, attempts, groupId: origin?.groupId ?? null, report: reportTo(origin) }
  return origin === null ? failed : { ...failed, clock: origin.clock }
}

const reportTo = (origin: AckOrigin | null) => (event: Parameters<AckOrigin['report']>[0]) => origin?.report(event)
