import { errorCode } from '../../src/core/protocol/error-code.js'
import type { HistoryEvent, LookUp, MemberConfig } from './history.js'
import { misuses } from './misuses.js'
import type { Simulation } from './simulate.js'

const places = ['outside', 'assigned', 'project', 'tap', 'handler', 'rebalances'] as const
const callers = ['outside', 'tap', 'handler', 'rebalances'] as const
const leavers = ['outside', 'assigned', 'project', 'tap', 'handler', 'awaiting', 'rebalances'] as const
const refusals = ['UNKNOWN_SERVER_ERROR', 'UNKNOWN_TOPIC_OR_PARTITION', 'REQUEST_TIMED_OUT', 'OFFSET_METADATA_TOO_LARGE', 'COORDINATOR_LOAD_IN_PROGRESS', 'COORDINATOR_NOT_AVAILABLE', 'NOT_COORDINATOR', 'ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID', 'REBALANCE_IN_PROGRESS', 'INVALID_COMMIT_OFFSET_SIZE', 'TOPIC_AUTHORIZATION_FAILED', 'GROUP_AUTHORIZATION_FAILED', 'KAFKA_STORAGE_ERROR', 'UNSTABLE_OFFSET_COMMIT'] as const // prettier-ignore

/** What schedules are for: an action of the generator that never comes about is a hole. */
export const wanted: readonly string[] = [
  ...['start', 'crash', 'freeze', 'cut', 'pause', 'resume', 'fail', 'slow', 'lose', 'pace', 'elect', 'grow'],
  ...['recreate', 'restart', 'produce'],
  ...leavers.flatMap((from) => [`drain from ${from}`, `close from ${from}`]),
  ...places.flatMap((from) => [`seek from ${from}`, `resubscribe from ${from}`, `reassign from ${from}`]),
  ...['an offset', 'a time', 'beginning', 'end', 'committed'].map((to) => `seek to ${to}`),
  ...callers.flatMap((from) => [`commit what is settled from ${from}`, `commit an offset from ${from}`]),
  ...refusals.map((name) => `commit refused with ${name}`),
  ...misuses.map(({ name }) => `refused: ${name}`),
  ...['committed', 'end', 'beginning', 'time'].map((lookUp) => `late answer: ${lookUp}`),
  'position stored of an idle partition under latest',
  'several topics assigned to a member',
  'topic assigned that its leader does not subscribe to',
  'topic found to be another',
  'static member started again',
  'partition chosen by hand',
  'partition given up by hand'
]

const nameOf = (code: number): string => Object.entries(errorCode).find(([, one]) => one === code)?.[0] ?? String(code)

const lookUpName = (lookUp: LookUp): string =>
  lookUp === 'committed' ? lookUp : lookUp === -1 ? 'end' : lookUp === -2 ? 'beginning' : 'time'

/** Counts what came about in a schedule. */
export const countReach = (counts: Map<string, number>, { schedule, history, truth }: Simulation): void => {
  const { isByHand = false } = schedule
  const members = new Map<string, MemberConfig>()
  const streams = new Map<number, string>()
  /** members with partitions that nothing was delivered of */
  const idle = new Set<string>()
  /** members with topics that were made again since they heard of them */
  const outdated = new Set<string>()
  const count = (what: string, isSo = true): void => {
    if (isSo) counts.set(what, (counts.get(what) ?? 0) + 1)
  }
  const assigned = ({ member, gained, inGroup }: HistoryEvent & { readonly what: 'assigned' }): void => {
    const topics = [...new Set(gained.map((place) => place.split('/')[0] ?? ''))]
    const leader = members.get(inGroup[0] ?? '')
    const isLeaders = leader === undefined || topics.every((topic) => leader.topics.includes(topic))
    count('several topics assigned to a member', topics.length > 1)
    count('partition chosen by hand', isByHand)
    count('topic assigned that its leader does not subscribe to', !isByHand && !isLeaders)
    for (const place of gained) idle.add(`${member} ${place}`)
  }
  const observe = (event: HistoryEvent): void => {
    switch (event.what) {
      case 'did':
        count(event.how)
        break
      case 'member started': {
        const { instance } = event.config
        const isAgain = instance !== null && [...members.values()].some((other) => other.instance === instance)
        count('static member started again', isAgain)
        members.set(event.member, event.config)
        break
      }
      case 'assigned':
        assigned(event)
        break
      case 'revoked':
        count('partition given up by hand', isByHand)
        break
      case 'opened':
        streams.set(event.stream, `${event.member} ${event.place}`)
        break
      case 'delivered':
        idle.delete(streams.get(event.stream) ?? '')
        break
      case 'commit stored': {
        const isLatest = members.get(event.member)?.reset === 'latest'
        const isIdle = event.offsets.some(({ place }) => idle.has(`${event.member} ${place}`))
        count('position stored of an idle partition under latest', isLatest && isIdle)
        break
      }
      case 'commit refused':
        for (const code of event.codes) count(`commit refused with ${nameOf(code)}`)
        break
      case 'misused':
        count(`refused: ${event.call}`, event.refused)
        break
      case 'located':
        count(`late answer: ${lookUpName(event.lookUp)}`, event.at - event.askedAt > truth.roundTripMs)
        break
      case 'recreated':
        for (const member of members.keys()) outdated.add(`${member} ${event.topic}`)
        break
      case 'topic known':
        count('topic found to be another', event.isCurrent && outdated.delete(`${event.member} ${event.topic}`))
        break
      default:
        break
    }
  }
  for (const event of history) observe(event)
}
