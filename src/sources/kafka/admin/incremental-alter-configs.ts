import type { ConfigChange, ConfigOwner } from '../../../ports/admin.js'
import { describedApi } from '../protocol/described-api.js'
import { eachInTurn } from '../protocol/in-turns.js'
import { array, bool, int16, int32, int8, nullable, string } from '../protocol/message.js'
import type { Slices } from '../protocol/message-codec.js'
import { configType, configTypes } from './config-types.js'

/** The broker's result for one resource. */
export interface AlteredConfig {
  /** undefined for a type that this client does not request */
  readonly type: ConfigOwner['type'] | undefined
  readonly name: string
  readonly code: number
  readonly message: string | null
}

const set = 0
const remove = 1

/** Changes the named settings only (KIP-339, Kafka 2.3). */
export const incrementalAlterConfigs = describedApi({
  name: 'IncrementalAlterConfigs',
  key: 44,
  versions: '0-1',
  flexibleFrom: 1,
  request: {
    resources: array('0+', {
      resourceType: int8('0+'),
      resourceName: string('0+'),
      configs: array('0+', { name: string('0+'), configOperation: int8('0+'), value: nullable(string('0+')) })
    }),
    validateOnly: bool('0+')
  },
  response: {
    throttleTimeMs: int32('0+'),
    responses: array('0+', {
      errorCode: int16('0+'),
      errorMessage: nullable(string('0+')),
      resourceType: int8('0+'),
      resourceName: string('0+')
    })
  },
  toMessage: (changes: readonly ConfigChange[]) => ({
    resources: changes.map(({ type, name: resourceName, set: values = {}, unset = [] }) => ({
      resourceType: configTypes[type],
      resourceName,
      configs: [
        ...Object.entries(values).map(([name, value]) => ({ name, configOperation: set, value })),
        ...unset.map((name) => ({ name, configOperation: remove, value: null }))
      ]
    })),
    validateOnly: false
  }),
  fromLists: ({ responses }): Slices<readonly AlteredConfig[]> =>
    eachInTurn(responses, ({ resourceType, resourceName: name, errorCode: code, errorMessage: message }) => ({
      type: configType(resourceType),
      name,
      code,
      message
    }))
})
