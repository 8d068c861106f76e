import { describe, expect, it } from 'vitest'
import { errorCode as code } from '../../../../src/core/protocol/error-code.js'
import { Coordinators, tellingCode } from '../../../../src/sources/kafka/coordinators.js'
import type { BrokerLinks } from '../../../../src/sources/kafka/network/broker-links.js'
import { offsetCommit } from '../../../../src/sources/kafka/protocol/offset-commit.js'

const request = { groupId: 'g', generation: 1, memberId: 'm', groupInstanceId: null, offsets: [] }

/** Commits to a coordinator that answers each partition with a code; gives how often it was looked for. */
const lookups = async (...codes: readonly number[]): Promise<number> => {
  let asked = 0
  const links = {
    sendToAny: () => Promise.resolve({ code: 0, host: 'h', port: ++asked }),
    sendTo: () => Promise.resolve(codes.map((given, partition) => ({ topic: 't', partition, code: given })))
  } as unknown as BrokerLinks
  const coordinators = new Coordinators(links, 'group')
  const commit = (): Promise<unknown> =>
    coordinators.send('g', 'group', offsetCommit, request, { timeoutMs: 1_000 }, tellingCode)
  await commit()
  await commit()
  return asked
}

describe('the coordinator of a group', () => {
  it.each(['NONE', 'UNKNOWN_TOPIC_OR_PARTITION', 'ILLEGAL_GENERATION', 'COORDINATOR_LOAD_IN_PROGRESS'] as const)(
    'is kept after a commit that was answered with %s',
    async (name) => {
      expect(await lookups(code[name])).toBe(1)
    }
  )

  // As Java's ConsumerCoordinator does in each of these cases.
  it.each(['NOT_COORDINATOR', 'COORDINATOR_NOT_AVAILABLE', 'REQUEST_TIMED_OUT'] as const)(
    'is looked for again after a commit that was answered with %s',
    async (name) => {
      expect(await lookups(code[name])).toBe(2)
    }
  )

  it('is looked for again though only a later partition says so', async () => {
    expect(await lookups(code.UNKNOWN_TOPIC_OR_PARTITION, code.NOT_COORDINATOR)).toBe(2)
  })
})
