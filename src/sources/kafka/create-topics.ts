import { realClock } from '../../internal/real-clock.js'
import type { ConnectionSettings } from '../../config/connection-settings.js'
import { createTopicVerdict } from '../../core/protocol/admin-verdicts.js'
import { errorCode } from '../../core/protocol/error-code.js'
import type { Clock } from '../../model/clock.js'
import type { NewTopic } from '../../ports/new-topic.js'
import type { Step } from '../../ports/step.js'
import { refusal } from './admin/refusal.js'
import { BrokerLinks, type Rim } from './network/broker-links.js'
import { WireError } from './network/wire-error.js'
import { type CreatedTopic, createTopics as createTopicsApi } from './protocol/create-topics.js'
import { stepOf } from './step-of.js'
import { withoutSecrets } from './without-secrets.js'

const lookAgainMs = 50

/** Creates topics and waits until each partition has a leader; existing topics stay as they are. */
export const createMissingTopics = (
  settings: ConnectionSettings,
  rim: Partial<Rim>,
  topics: readonly NewTopic[]
): Step<void> =>
  stepOf(async () => {
    const links = new BrokerLinks(settings, rim)
    try {
      await createAll(links, rim.clock ?? realClock, topics, 'kept')
    } finally {
      links.close()
    }
  })

/** The same over these connections, but an existing topic is a `BrokerFault`. The others are created. */
export const createNewTopics = (links: BrokerLinks, clock: Clock, topics: readonly NewTopic[]): Promise<void> =>
  createAll(links, clock, topics, 'refused')

const createAll = async (
  links: BrokerLinks,
  clock: Clock,
  topics: readonly NewTopic[],
  existing: 'kept' | 'refused'
): Promise<void> => {
  const timeoutMs = links.requestTimeoutMs
  const until = clock.now() + timeoutMs
  const isMoving = ({ code }: CreatedTopic): boolean =>
    createTopicVerdict(code) === 'controller moved' && clock.now() < until
  const created: CreatedTopic[] = []
  for (let remaining = topics; remaining.length > 0;) {
    const answer = await links.sendToAny(createTopicsApi, { topics: remaining, timeoutMs })
    created.push(...answer.filter((one) => !isMoving(one)))
    const moving = new Set(answer.filter(isMoving).map(({ topic }) => topic))
    remaining = remaining.filter(({ topic }) => moving.has(topic))
    // Another broker is the controller, or none is elected yet: nothing was done.
    if (remaining.length > 0) await new Promise<void>((go) => clock.schedule(lookAgainMs, go))
  }
  for (const { topic, code, message } of created.map((one) => withoutSecrets(one, links.secrets))) {
    const verdict = createTopicVerdict(code)
    const isThere = verdict === 'created' || (verdict === 'exists' && existing === 'kept')
    if (!isThere) throw refusal(code, { api: 'CreateTopics' }, { topic, message })
  }
  const names = topics.map(({ topic }) => topic)
  while (!(await ready(links, names))) {
    if (clock.now() > until)
      throw new WireError({ _tag: 'TimeoutFault', what: `the leaders of ${names.join(', ')}`, afterMs: timeoutMs })
    await new Promise<void>((go) => clock.schedule(lookAgainMs, go))
  }
}

const ready = async (links: BrokerLinks, names: readonly string[]): Promise<boolean> => {
  const { topics } = await links.metadata(names)
  return names.every((name) =>
    topics.some(
      ({ topic, code, partitions }) =>
        topic === name && code === errorCode.NONE && partitions.every(({ leader }) => leader >= 0)
    )
  )
}
