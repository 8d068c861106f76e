import type { ConfigResourceTypes } from 'kafkajs'
import type { ConfigEntry, ConfigOwner } from '../../../ports/admin.js'

/** Kafka's numbers for what has a configuration (`ConfigResource.Type`). */
export const configTypes: Readonly<Record<ConfigOwner['type'], number>> = { topic: 2, broker: 4, group: 32 }

/** The same, as an enumeration of kafkajs's. */
export const kafkajsType = (type: ConfigOwner['type']): ConfigResourceTypes => inEnumeration(configTypes[type])
const inEnumeration = <E extends number>(number: number): E => number as E

/** Kafka's numbers for where a value comes from (`DescribeConfigsResponse.ConfigSource`). */
const sources: ReadonlyMap<number, ConfigEntry['source']> = new Map([
  [1, 'topic'],
  [2, 'broker'],
  [3, 'cluster'],
  [4, 'file'],
  [5, 'default'],
  [8, 'group']
])

export const configSource = (number: number): ConfigEntry['source'] => sources.get(number) ?? 'other'
