import { right } from 'fp-ts/lib/Either.js'
import { firstValueFrom } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { BrokerModel } from '../../../../src/sources/memory/broker-model.js'
import { memoryCalls } from '../../../../src/sources/memory/memory-calls.js'
import { errorCode as code } from '../../../../src/core/protocol/error-code.js'
import { VirtualClock } from '../../../support/virtual-clock.js'

describe('a commit by topic id (OffsetCommit v10)', () => {
  it('is refused where the topic was made again meanwhile, and stores nothing for the new one', async () => {
    const clock = new VirtualClock()
    const model = new BrokerModel(clock)
    model.createTopic('t', 1)
    const calls = memoryCalls(model)
    const commit = async (topicId: string | null): Promise<unknown> => {
      const offset = { topic: 't', topicId, partition: 0, offset: 7n, leaderEpoch: -1, metadata: '' }
      const member = { groupId: 'g', generation: -1, memberId: '', groupInstanceId: null }
      const answer = firstValueFrom(calls.offsetCommit({ ...member, offsets: [offset] }))
      clock.advance(10)
      return answer
    }
    const answered = (given: number): unknown => right([{ topic: 't', partition: 0, code: given }])
    const former = model.idOf('t')
    expect(await commit(former)).toEqual(answered(code.NONE))
    model.deleteTopic('t')
    model.createTopic('t', 1)
    expect(await commit(former)).toEqual(answered(code.UNKNOWN_TOPIC_ID))
    const stored = firstValueFrom(calls.offsetFetch('g', [{ topic: 't', partition: 0 }]))
    clock.advance(10)
    expect(await stored).toMatchObject({ right: { offsets: [{ offset: -1n }] } })
    expect(await commit(model.idOf('t'))).toEqual(answered(code.NONE))
  })
})
