import { isLeft } from 'fp-ts/lib/Either.js'
import { concatMap, map, of } from 'rxjs'
import { isTooLargeCommit } from '../../core/committing/too-large-commit.js'
import type { DecidingCode } from '../../core/producing/transaction-verdict.js'
import { errorCode } from '../../core/protocol/error-code.js'
import type { GroupMember, ProducerEpoch, TransactionCalls } from '../../ports/kafka-calls.js'
import type { Step } from '../../ports/step.js'
import type { TransactionOffset } from '../../ports/transaction-session.js'
import { worst } from './transaction-requests.js'

/**
 * Commits offsets in a transaction. If they are too large together (`isTooLargeCommit`), each half is sent separately,
 * as for commits outside of transactions. They still become visible together, with the transaction.
 */
export const commitInParts = (
  calls: Pick<TransactionCalls, 'txnOffsetCommit'>,
  member: ProducerEpoch & GroupMember,
  offsets: readonly TransactionOffset[]
): Step<DecidingCode> =>
  calls.txnOffsetCommit({ ...member, offsets }).pipe(
    map((answer) => worst('TxnOffsetCommit', answer)),
    concatMap((answer) => {
      if (isLeft(answer) || !isTooLargeCommit(answer.right.code, offsets)) return of(answer)
      const half = Math.ceil(offsets.length / 2)
      return commitInParts(calls, member, offsets.slice(0, half)).pipe(
        concatMap((first) =>
          isLeft(first) || first.right.code !== errorCode.NONE
            ? of(first)
            : commitInParts(calls, member, offsets.slice(half))
        )
      )
    })
  )
