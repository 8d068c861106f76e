import type { ConfigEntry, ConfigResource } from '../../../ports/admin.js'
import { describedApi } from '../protocol/described-api.js'
import { array, bool, int16, int32, int8, nullable, string, strings } from '../protocol/message.js'
import { configSource, configTypes } from './config-types.js'

/** What the broker says of one resource. */
export interface ReadConfig {
  readonly name: string
  readonly code: number
  readonly message: string | null
  /** sorted by name */
  readonly entries: readonly ConfigEntry[]
}

/** kafkajs sends it too, but refuses the type of groups (KIP-1022, Kafka 4.0). */
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
  fromMessage: ({ results }): readonly ReadConfig[] =>
    results.map(({ resourceName, errorCode, errorMessage, configs }) => ({
      name: resourceName,
      code: errorCode,
      message: errorMessage,
      entries: configs
        .map(({ name, value, readOnly, configSource: source, isSensitive: sensitive }) => ({
          name,
          value: sensitive ? null : value,
          source: configSource(source),
          sensitive,
          readOnly
        }))
        .sort((one, other) => (one.name < other.name ? -1 : 1))
    }))
})
