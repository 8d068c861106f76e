import type { ErrorCode } from '../../../ports/kafka-calls.js'
import { describedApi } from './described-api.js'
import { eachInTurn } from './in-turns.js'
import { array, int16, int32, string, strings } from './message.js'
import type { Slices } from './message-codec.js'

/** The groups that one broker coordinates. */
export interface GroupsOfBroker {
  readonly code: ErrorCode
  readonly groups: readonly {
    readonly groupId: string
    readonly protocolType: string
    /** empty in version 3 */
    readonly state: string
    /** `Classic`, `Consumer`, `Share`; empty before version 5 (Kafka 3.8) */
    readonly type: string
  }[]
}

/** Lists groups of these types, or all if none is given, as far as the principal may describe them. */
export const listGroups = describedApi({
  name: 'ListGroups',
  key: 16,
  versions: '3-5',
  flexibleFrom: 3,
  request: { statesFilter: strings('4+'), typesFilter: strings('5+') },
  response: {
    throttleTimeMs: int32('1+'),
    errorCode: int16('0+'),
    groups: array('0+', {
      groupId: string('0+'),
      protocolType: string('0+'),
      groupState: string('4+'),
      groupType: string('5+')
    })
  },
  toMessage: (types: readonly string[]) => ({ statesFilter: [], typesFilter: types }),
  fromLists: function* ({ errorCode: code, groups }): Slices<GroupsOfBroker> {
    const listed = yield* eachInTurn(groups, ({ groupId, protocolType, groupState: state, groupType: type }) => ({
      groupId,
      protocolType,
      state,
      type
    }))
    return { code, groups: listed }
  }
})
