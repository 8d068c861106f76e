import { seededRandom } from '../../src/internal/seeded-random.js'
import { byConsumerProtocol } from './by-consumer-protocol.js'
import type { Action, Protocol, Schedule } from './schedule.js'

/** Of each member in turn: some by one protocol, the next by the other, and perhaps by the first again. */
const turns = (below: (limit: number) => number): readonly Protocol[] => {
  const [first, second]: readonly [Protocol, Protocol] =
    below(3) === 0 ? ['consumer', 'classic'] : ['classic', 'consumer']
  const of = (protocol: Protocol, most: number): readonly Protocol[] =>
    Array.from({ length: 1 + below(most) }, () => protocol)
  const mixed = (): readonly Protocol[] => Array.from({ length: below(4) }, () => (below(2) === 0 ? first : second))
  const back = below(2) === 0 ? [...mixed(), first] : []
  return [...of(first, 4), ...mixed(), ...of(second, 4), ...back]
}

/**
 * The same schedule for a group that goes over to the other protocol, and perhaps back, by restarts: members of both are in it
 * meanwhile, and the coordinator converts it.
 */
export const byRollingUpgrade = (classic: Schedule): Schedule => {
  const byBrokers = byConsumerProtocol(classic)
  const random = seededRandom(classic.seed ^ 0x7f4a7c15)
  const below = (limit: number): number => Math.floor(random() * limit)
  const wasFailed = classic.actions.filter(({ act }) => act === 'fail')
  const isCalm = !classic.actions.some(({ act }) => act === 'fail' || act === 'lose' || act === 'crash')
  const restart = (): Action => ({
    afterMs: below(1_500),
    act: 'restart',
    who: below(12),
    how: isCalm || below(4) > 0 ? 'drain' : below(2) === 0 ? 'close' : 'crash',
    forMs: below(600)
  })
  // To the brokers a topic that is made again is another; a classic member goes by its name, and has of it what it had.
  const ofOneTopic = byBrokers.actions.filter(({ act }) => act !== 'recreate')
  // Half of the faults are those of one protocol, half those of the other.
  const actions: Action[] = ofOneTopic.map((action) =>
    action.act === 'fail' && below(2) === 0 ? (wasFailed[below(wasFailed.length)] ?? action) : action
  )
  for (let left = 4 + below(6); left > 0; left--) actions.splice(below(actions.length + 1), 0, restart())
  return { ...byBrokers, protocols: turns(below), actions }
}
