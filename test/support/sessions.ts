import { isLeft, left } from 'fp-ts/lib/Either.js'
import { crc32c } from '../../src/core/records/crc32c.js'
import { decodeConsumerConfig } from '../../src/config/consumer-config.js'
import type { ConsumerConfig } from '../../src/config/consumer-config.js'
import type { Clock } from '../../src/model/clock.js'
import type { ConsumerSession, ConsumerSessionHandlers } from '../../src/ports/consumer-session.js'
import type { KafkaCalls } from '../../src/ports/kafka-calls.js'
import type { SessionContext } from '../../src/engine/session-context.js'
import { openSession } from '../../src/engine/open-session.js'

const deaf: ConsumerSessionHandlers = {
  assigned: () => undefined,
  revoking: () => undefined,
  lost: () => undefined,
  records: () => undefined,
  backlog: () => ({ bytes: 0, isMoving: false }),
  outOfRange: () => undefined,
  truncated: () => undefined,
  recreated: () => undefined,
  refused: () => undefined,
  event: () => undefined,
  fault: () => undefined
}

/** A session without a consumer, over calls that a test may have changed. */
export const sessionOn = (
  calls: KafkaCalls,
  clock: Clock,
  config: ConsumerConfig,
  handlers: Partial<ConsumerSessionHandlers>,
  open: (context: SessionContext) => ConsumerSession = openSession
): ConsumerSession => {
  const settings = decodeConsumerConfig(config)
  if (isLeft(settings)) throw new Error('the configuration is wrong')
  return open({
    calls,
    clock,
    random: () => 0.5,
    settings: settings.right,
    decompress: () => left({ _tag: 'corrupt', reason: 'never compressed' }),
    checksum: crc32c,
    handlers: { ...deaf, ...handlers }
  })
}
