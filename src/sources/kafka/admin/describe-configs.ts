import type { ConfigEntry, ConfigOwner, ConfigResource } from '../../../ports/admin.js'
import { describedApi } from '../protocol/described-api.js'
import { eachInTurn } from '../protocol/in-turns.js'
import { array, bool, int16, int32, int8, nullable, string, strings } from '../protocol/message.js'
import type { Slices } from '../protocol/message-codec.js'
import { configSource, configType, configTypes } from './config-types.js'

/** The broker's answer about one resource. */
export interface ReadConfig extends ConfigOwner {
  readonly code: number
  readonly message: string | null
  /** sorted by name */
  readonly entries: readonly ConfigEntry[]
}

/** The configurations of topics, brokers and groups (KIP-1022, Kafka 4.0). */
export const describeConfigs = describedApi({
  name: 'DescribeConfigs',
  key: 32,
  versions: '1-4',
  flexibleFrom: 4,
  request: {
    resources: array('0+', {
      resourceType: int8('0+'),
      resourceName: string('0+'),
      configurationKeys: nullable(strings('0+'))
    }),
    includeSynonyms: bool('1+'),
    includeDocumentation: bool('3+')
  },
  response: {
    throttleTimeMs: int32('0+'),
    results: array('0+', {
      errorCode: int16('0+'),
      errorMessage: nullable(string('0+')),
      resourceType: int8('0+'),
      resourceName: string('0+'),
      configs: array('0+', {
        name: string('0+'),
        value: nullable(string('0+')),
        readOnly: bool('0+'),
        configSource: int8('1+'),
        isSensitive: bool('0+'),
        synonyms: array('1+', { name: string('1+'), value: nullable(string('1+')), source: int8('1+') }),
        configType: int8('3+'),
        documentation: nullable(string('3+'))
      })
    })
  },
  toMessage: (resources: readonly ConfigResource[]) => ({
    resources: resources.map(({ type, name, only }) => ({
      resourceType: configTypes[type],
      resourceName: name,
      configurationKeys: only === undefined ? null : [...only]
    })),
    includeSynonyms: false,
    includeDocumentation: false
  }),
  fromLists: function* ({ results }): Slices<readonly ReadConfig[]> {
    const read = yield* eachInTurn(results, ({ resourceType, resourceName, errorCode, errorMessage, configs }) => {
      const type = configType(resourceType)
      const entries = configs.map(entryOf).sort((one, other) => (one.name < other.name ? -1 : 1))
      return type === undefined ? [] : [{ type, name: resourceName, code: errorCode, message: errorMessage, entries }]
    })
    return read.flat()
  }
})

interface Entry {
  readonly name: string
  readonly value: string | null
  readonly readOnly: boolean
  readonly configSource: number
  readonly isSensitive: boolean
}

const entryOf = ({ name, value, readOnly, configSource: source, isSensitive: sensitive }: Entry): ConfigEntry => ({
  name,
  value: sensitive ? null : value,
  source: configSource(source),
  sensitive,
  readOnly
})
