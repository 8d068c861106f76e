import { right } from 'fp-ts/lib/Either.js'
import { concatMap, of, type Observable } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { errorCode as code } from '../../../../src/core/protocol/error-code.js'
import { sendOffsets } from '../../../../src/engine/offsets/send-offsets.js'
import type { SessionContext } from '../../../../src/engine/session-context.js'
import type { ConsumerMetadata } from '../../../../src/engine/consumer-metadata.js'
import type { OffsetToSend, OffsetCommitResult } from '../../../../src/ports/consumer-session.js'
import type { OffsetCommitRequest } from '../../../../src/ports/kafka-calls.js'

const offsets = Array.from({ length: 4 }, (_, partition): OffsetToSend => ({ topic: 'orders', partition, offset: 1n, leaderEpoch: -1, metadata: '' })) // prettier-ignore
const member = { groupId: 'billing', generation: 3, memberId: 'm', groupInstanceId: null }

/** Stores all four where no request may have more than two; the first that is small enough is answered so. */
const store = (
  firstAnswer: number,
  isHeld: (partition: number) => boolean = () => true,
  isCurrent: (partition: number) => boolean = () => true
) => {
  const asked: (readonly number[])[] = []
  const refusals: number[] = []
  const offsetCommit = ({ offsets: sent }: OffsetCommitRequest): Observable<unknown> => {
    const places = sent.map(({ partition }) => partition)
    asked.push(places)
    const given = places.length > 2 ? code.INVALID_COMMIT_OFFSET_SIZE : places.includes(0) ? firstAnswer : code.NONE
    return of(right(places.map((partition) => ({ topic: 'orders', partition, code: given }))))
  }
  const context = { calls: { offsetCommit } } as unknown as SessionContext
  const metadata = { idOf: () => null } as unknown as ConsumerMetadata
  const committing = {
    member,
    isHeld: ({ partition }: OffsetToSend) => isHeld(partition),
    isCurrent: ({ partition }: OffsetToSend) => isCurrent(partition),
    refused: (_generation: number, given: number) => refusals.push(given)
  }
  let results: readonly OffsetCommitResult[] = []
  sendOffsets({ context, metadata }, committing, offsets)
    .pipe(concatMap((answer) => (answer._tag === 'Right' ? of(answer.right) : [])))
    .subscribe((stored) => (results = stored))
  return { asked, refusals, outcomes: results.map(({ partition, outcome }) => `${String(partition)} ${outcome}`) }
}

describe('a commit that is too large for one request', () => {
  it('is sent in halves', () => {
    const { asked, refusals, outcomes } = store(code.NONE)
    expect(asked).toEqual([
      [0, 1, 2, 3],
      [0, 1],
      [2, 3]
    ])
    expect(refusals).toEqual([])
    expect(outcomes).toEqual(['0 committed', '1 committed', '2 committed', '3 committed'])
  })

  it.each([
    ['UNKNOWN_MEMBER_ID', 'dropped'],
    ['ILLEGAL_GENERATION', 'dropped'],
    ['FENCED_INSTANCE_ID', 'dropped'],
    ['REBALANCE_IN_PROGRESS', 'retry']
  ] as const)('is sent no further once the group has refused the member with %s', (name, outcome) => {
    const { asked, refusals, outcomes } = store(code[name])
    expect(asked).toEqual([
      [0, 1, 2, 3],
      [0, 1]
    ])
    expect(refusals).toEqual([code[name]])
    expect(outcomes).toEqual([0, 1, 2, 3].map((partition) => `${String(partition)} ${outcome}`))
  })

  it('omits partitions that were sought elsewhere meanwhile, also from the answer', () => {
    const { asked, outcomes } = store(code.NONE, undefined, (partition) => partition !== 2)
    expect(asked).toEqual([[0, 1, 2, 3], [0, 1], [3]])
    expect(outcomes).toEqual(['0 committed', '1 committed', '3 committed'])
  })

  it('leaves out what was given up meanwhile', () => {
    const { asked, outcomes } = store(code.NONE, (partition) => partition !== 2)
    expect(asked).toEqual([[0, 1, 2, 3], [0, 1], [3]])
    expect(outcomes).toEqual(['0 committed', '1 committed', '2 dropped', '3 committed'])
  })
})
