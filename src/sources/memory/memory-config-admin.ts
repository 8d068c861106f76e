import { left, right } from 'fp-ts/lib/Either.js'
import { brokerFault, errorCode } from '../../core/protocol/error-code.js'
import type { Fault } from '../../model/fault.js'
import type { ConfigChange, EitherAdmin } from '../../ports/admin.js'
import type { BrokerModel } from './broker-model.js'
import { groupConfigProblem } from './group-configs.js'
import { each, type MemoryAdminSteps } from './memory-admin-steps.js'

/** Configurations: only what was set, and only for topics and groups. */
export const memoryConfigAdmin = (
  model: BrokerModel,
  steps: MemoryAdminSteps
): Pick<EitherAdmin, 'describeConfigs' | 'alterConfigs'> => ({
  describeConfigs: (resources) =>
    steps.step(() => {
      const missing = resources.find(({ type, name }) => type === 'topic' && model.configOf(name) === null)
      if (missing !== undefined)
        return left(
          brokerFault('DescribeConfigs', errorCode.UNKNOWN_TOPIC_OR_PARTITION, undefined, undefined, missing.name)
        )
      return right(
        resources.map(({ type, name, only }) => {
          const own = type === 'topic' ? model.configOf(name) : type === 'group' ? model.groupConfig(name) : null
          const set = Object.entries(own ?? {})
          const entries = set
            .filter(([key]) => only?.includes(key) ?? true)
            .map(([key, value]) => ({
              name: key,
              value,
              source: type,
              sensitive: false,
              readOnly: false
            }))
            .sort((one, other) => (one.name < other.name ? -1 : 1))
          return { type, name, entries }
        })
      )
    }),
  alterConfigs: (changes) => steps.step(() => each(changes, (change) => configure(model, change)))
})

const configure = (model: BrokerModel, { type, name, set = {}, unset = [] }: ConfigChange): Fault | null => {
  if (type === 'broker')
    return brokerFault(
      'IncrementalAlterConfigs',
      errorCode.INVALID_REQUEST,
      name,
      undefined,
      'the embedded broker has no configuration'
    )
  const kept = (now: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
    Object.fromEntries(Object.entries({ ...now, ...set }).filter(([key]) => !unset.includes(key)))
  if (type === 'group') {
    const problem = groupConfigProblem(set)
    if (problem !== null)
      return brokerFault('IncrementalAlterConfigs', errorCode.INVALID_CONFIG, undefined, undefined, problem)
    model.configureGroup(name, kept(model.groupConfig(name)))
    return null
  }
  const now = model.configOf(name)
  if (now === null) return brokerFault('IncrementalAlterConfigs', errorCode.UNKNOWN_TOPIC_OR_PARTITION, name)
  model.configure(name, kept(now))
  return null
}
