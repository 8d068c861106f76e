import { isObject, problemsWithList } from '../../config/check-places.js'
import { type ArgumentRule, aText, optional, problemsWith, problemsWithFields } from '../../model/check-arguments.js'
import type { ConfigProblem } from '../../model/fault.js'
import type { ScheduledFault, ScheduleEvent } from '../schedule-event.js'
import { anObject, fromZero, oneOf } from './rules.js'

type Rules = Readonly<Record<string, ArgumentRule>>

const apis: Readonly<Record<ScheduledFault['api'], true>> = {
  OffsetCommit: true,
  Heartbeat: true,
  JoinGroup: true,
  SyncGroup: true,
  Fetch: true,
  OffsetFetch: true,
  ShareGroupHeartbeat: true,
  ShareFetch: true,
  ShareAcknowledge: true
}
const at = fromZero
const member: Rules = { at, member: fromZero }

/** The fields of each event besides its tag. */
const eventRules: Readonly<Record<ScheduleEvent['_tag'], Rules>> = {
  record: { at, partition: fromZero, takes: fromZero, failures: fromZero, key: optional(fromZero) },
  join: member,
  drain: member,
  leave: member,
  crash: member,
  expire: member,
  fail: {
    at,
    api: oneOf(...Object.keys(apis)),
    fault: oneOf('disconnect', 'NOT_COORDINATOR', 'UNKNOWN_MEMBER_ID', 'SHARE_SESSION_NOT_FOUND')
  }
}

const problemsWithEvent = (path: string, given: unknown): readonly ConfigProblem[] => {
  if (!isObject(given)) return problemsWith(path, given, anObject)
  const tag = oneOf(...Object.keys(eventRules))
  const { _tag } = given
  if (!tag.holds(_tag)) return problemsWith(`${path}._tag`, _tag, tag)
  return problemsWithFields(path, given, { ...eventRules[_tag as ScheduleEvent['_tag']], _tag: tag })
}

/** The problems with a `Schedule`. */
export const problemsWithSchedule = (path: string, given: unknown): readonly ConfigProblem[] =>
  isObject(given)
    ? [
        ...problemsWith(`${path}.topic`, given['topic'], aText),
        ...problemsWithList(`${path}.events`, given['events'], problemsWithEvent)
      ]
    : problemsWith(path, given, { allowed: '{ topic, events }', holds: () => false })
