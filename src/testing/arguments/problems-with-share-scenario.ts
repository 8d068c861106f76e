import { isObject } from '../../config/check-places.js'
import { aFunction, type ArgumentRule, optional, problemsWithFields, truth } from '../../model/check-arguments.js'
import type { ConfigProblem } from '../../model/fault.js'
import type { ShareGroupConfig } from '../play/share-scenario.js'
import { anObject, fromOne, oneOf } from './rules.js'

/** `ShareScenarioMember` */
export const shareMember: Readonly<Record<string, ArgumentRule>> = {
  share: optional(aFunction),
  config: optional(anObject)
}

const groupConfig: Readonly<Record<keyof ShareGroupConfig, ArgumentRule>> = {
  'share.auto.offset.reset': optional(oneOf('earliest', 'latest')),
  'share.record.lock.duration.ms': optional(fromOne),
  'share.delivery.count.limit': optional(fromOne),
  'share.partition.max.record.locks': optional(fromOne),
  'share.renew.acknowledge.enable': optional(truth),
  'share.session.timeout.ms': optional(fromOne),
  'share.heartbeat.interval.ms': optional(fromOne)
}

/** The `HistoryChecks` of a share group, which delivers at least once and without order. */
export const shareHistoryChecks: Readonly<Record<string, ArgumentRule>> = {
  lost: optional(truth),
  twice: optional(oneOf('allowed', 'with cause'))
}

/** The problems with `ShareScenario.group`. */
export const problemsWithShareGroup = (path: string, given: unknown): readonly ConfigProblem[] =>
  given === undefined ? [] : problemsWithFields(`${path}.group`, given, groupConfig)

/** Whether the argument was meant as a `ShareScenario`. */
export const isOfShares = (given: unknown): given is object => isObject(given) && 'share' in given
