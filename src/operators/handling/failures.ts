import { isLeft } from 'fp-ts/lib/Either.js'
import { concatMap, from, map, Observable } from 'rxjs'
import type { AckOrigin } from '../../model/acknowledgement.js'
import { recordsOf } from '../../model/aggregate.js'
import { type Carried, firstOriginOf } from '../../model/carried.js'
import { ConsumerError, faultOfError } from '../../model/consumer-error.js'
import type { DeadLetterPolicy } from '../../model/failure-policy.js'
import type { Fault } from '../../model/fault.js'
import { faultClass } from '../../model/fault-class.js'
import type { RecordPlace } from '../../model/record-place.js'
import type { OperatorName } from '../../model/operator-name.js'

/** Where what is carried stands; of an aggregate, its first record. */
export const placeOf = (carried: Carried<unknown>): RecordPlace => {
  const [first] = recordsOf(carried)
  const { topic = '', partition = -1 } = first ?? firstOriginOf(carried) ?? {}
  return { topic, partition, offset: first?.offset ?? -1n }
}

/** Why it failed, as data. A fault of ours says more than that something failed. */
export const faultOf = (carried: Carried<unknown>, operator: OperatorName, attempt: number, cause: unknown): Fault => {
  const fault = faultOfError(cause)
  return fault === null || fault._tag === 'TimeoutFault'
    ? { _tag: 'HandlerFault', operator, place: placeOf(carried), attempt, cause }
    : fault
}

/** Whether another attempt is in vain for this record: as `classify` says, else as the fault's class does. */
export const isPermanent = <C>(
  cause: unknown,
  carried: C,
  classify: ((cause: unknown, carried: C) => 'retriable' | 'permanent') | undefined
): boolean => {
  if (classify !== undefined) {
    try {
      return classify(cause, carried) === 'permanent'
    } catch {
      // Nothing is known of it then: it goes where failed records go.
      return true
    }
  }
  const fault = faultOfError(cause)
  return fault !== null && faultClass(fault) === 'permanent'
}

export const reportSkipped = (carried: Carried<unknown>, fault: Fault): void => {
  for (const record of recordsOf(carried)) {
    const { topic, partition, offset } = record
    firstOriginOf(record)?.report({ _tag: 'skipped', topic, partition, offset, fault })
  }
}

/** What is to be written away. */
export interface Letter {
  readonly carried: Carried<unknown>
  readonly fault: Fault
  readonly attempts: number
}

/**
 * Writes the records of what is carried away, one after the other so that their order is kept where they are put, and none
 * behind one that cannot be. Completes when all are confirmed; errors with what refuses one.
 */
export const writeAway = ({ carried, fault, attempts }: Letter, policy: DeadLetterPolicy): Observable<never> => {
  const origin = firstOriginOf(carried)
  return from(recordsOf(carried)).pipe(
    concatMap(({ source }) =>
      policy.take({ record: source, fault, attempts, groupId: origin?.groupId ?? null, report: reportTo(origin) }).pipe(
        map((answer): never[] => {
          if (isLeft(answer)) throw new ConsumerError(answer.left)
          const { topic, partition, offset } = source
          origin?.report({ _tag: 'dead lettered', topic, partition, offset, fault })
          return []
        })
      )
    ),
    concatMap((none) => none)
  )
}

const reportTo = (origin: AckOrigin | null) => (event: Parameters<AckOrigin['report']>[0]) => origin?.report(event)
