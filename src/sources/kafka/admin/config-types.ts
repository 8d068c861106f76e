import type { ConfigEntry, ConfigOwner } from '../../../ports/admin.js'

/** Kafka's numbers for owners of a configuration (`ConfigResource.Type`). */
export const configTypes: Readonly<Record<ConfigOwner['type'], number>> = { topic: 2, broker: 4, group: 32 }

/** The owner's type by its number; undefined for one that this client does not request. */
export const configType = (number: number): ConfigOwner['type'] | undefined =>
  (Object.keys(configTypes) as ConfigOwner['type'][]).find((type) => configTypes[type] === number)

/** Kafka's numbers for the source of a value (`DescribeConfigsResponse.ConfigSource`). */
const sources: ReadonlyMap<number, ConfigEntry['source']> = new Map([
  [1, 'topic'],
  [2, 'broker'],
  [3, 'cluster'],
  [4, 'file'],
  [5, 'default'],
  [8, 'group']
])

export const configSource = (number: number): ConfigEntry['source'] => sources.get(number) ?? 'other'
