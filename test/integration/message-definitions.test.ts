import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { kafkaJars, missingTools } from '../../scripts/kafka-cluster.mjs'
import { fetch } from '../../src/sources/kafka/protocol/fetch.js'
import type { ElementType, Field, Fields } from '../../src/sources/kafka/protocol/message.js'
import { produce } from '../../src/sources/kafka/protocol/produce.js'
import {
  includesVersion,
  type Versions,
  versionsOf,
  type VersionsText
} from '../../src/sources/kafka/protocol/versions.js'
import { describedApis, eachVersion } from '../support/described-apis.js'
import { fetchDescription, produceDescription } from '../support/described-hot-paths.js'
import { jarEntries } from '../support/jar-entries.js'

/** A field as Kafka's message definitions have it. */
interface KafkaField {
  readonly name: string
  readonly type: string
  readonly versions: VersionsText
  readonly taggedVersions?: VersionsText
  readonly tag?: number
  readonly fields?: readonly KafkaField[]
}

interface Definition {
  readonly apiKey: number
  readonly name: string
  readonly validVersions: VersionsText
  readonly flexibleVersions: VersionsText | 'none'
  readonly latestVersionUnstable?: boolean
  readonly fields: readonly KafkaField[]
  readonly commonStructs?: readonly { readonly name: string; readonly fields: readonly KafkaField[] }[]
}

const definitions = (): ReadonlyMap<string, Definition> => {
  const jars = kafkaJars(process.env['KAFKA_VERSION'])
  const clients = readdirSync(jars).find((name) => name.startsWith('kafka-clients-')) ?? ''
  const entries = jarEntries(join(jars, clients), /^common\/message\/\w+(Request|Response)\.json$/)
  const parsed = [...entries.values()].map((text) => JSON.parse(text.replace(/^\s*\/\/.*$/gm, '')) as Definition)
  return new Map(parsed.map((one) => [one.name, one]))
}

/** What a field is in a version: one line, the same for Kafka's definitions and ours. */
const line = (name: string, type: unknown, tag: number | null | undefined): string =>
  `${name}: ${JSON.stringify(type)}${tag === null || tag === undefined ? '' : ` (tag ${String(tag)})`}`

const kafkas = (all: readonly KafkaField[], { commonStructs = [] }: Definition, version: number): readonly string[] =>
  all
    .filter((field) => includesVersion(versionsOf(field.versions), version))
    .map(({ name, type, tag, taggedVersions, fields }) => {
      const element = type.replace('[]', '')
      const inner = fields ?? commonStructs.find((one) => one.name === element)?.fields
      const definition = { commonStructs } as Definition
      const kind = inner === undefined ? element.replace('records', 'bytes') : kafkas(inner, definition, version)
      const isTagged = taggedVersions !== undefined && includesVersion(versionsOf(taggedVersions), version)
      return line(
        name.charAt(0).toLowerCase() + name.slice(1),
        type.startsWith('[]') ? [kind] : kind,
        isTagged ? tag : null
      )
    })

const ours = (fields: Fields, version: number): readonly string[] =>
  Object.entries(fields)
    .filter(([, field]) => includesVersion(field.versions, version))
    .map(([name, field]) => line(name, kindOf(field, version), field.tag))

const kindOf = ({ type }: Field<unknown>, version: number): unknown => {
  if (typeof type === 'string') return type
  return 'struct' in type ? ours(type.struct, version) : [elementKind(type.arrayOf, version)]
}
const elementKind = (element: ElementType, version: number): unknown =>
  typeof element === 'string' ? element : ours(element, version)

interface Spoken {
  readonly name: string
  readonly key: number
  readonly versions: Versions
  readonly flexibleFrom: number
  readonly request: Fields
  readonly response: Fields
}

const hot = fetch((id) => id)
const spoken: readonly Spoken[] = [
  ...describedApis,
  { ...hot, ...fetchDescription },
  { ...produce, ...produceDescription }
]

/** Requests of which a newer version is left alone; `docs/kafka-versions.md` says why. */
const heldBack: Readonly<Record<string, number>> = { AddPartitionsToTxn: 3, ApiVersions: 3 }

/** Tagged fields that nobody asks for may be left out. */
const placed = (lines: readonly string[]): readonly string[] => lines.filter((one) => !one.includes('(tag'))

describe.skipIf(missingTools() !== null)("Kafka's message definitions", () => {
  const known = missingTools() === null ? definitions() : new Map<string, Definition>()

  it.each(spoken.map((api) => [api.name, api] as const))(
    'say the same of %s in each version that both know',
    (name, api) => {
      for (const kind of ['Request', 'Response'] as const) {
        const definition = known.get(`${name}${kind}`)
        // Share groups are preliminary before Kafka 4.1, in versions that were dropped later.
        const isPreliminary = definition === undefined || definition.validVersions === '0'
        if (name.includes('Share') && isPreliminary) continue
        expect(definition?.apiKey).toBe(api.key)
        if (definition === undefined) continue
        const valid = versionsOf(definition.validVersions)
        const flexible =
          definition.flexibleVersions === 'none' ? Infinity : versionsOf(definition.flexibleVersions).from
        expect({ name, flexible }).toEqual({ name, flexible: api.flexibleFrom })
        const both = eachVersion(api.versions).filter((version) => includesVersion(valid, version))
        expect(both.length).toBeGreaterThan(0)
        for (const version of both) {
          const described = ours(kind === 'Request' ? api.request : api.response, version)
          const defined = kafkas(definition.fields, definition, version)
          expect({ version, fields: placed(described) }).toEqual({ version, fields: placed(defined) })
          expect(defined).toEqual(expect.arrayContaining([...described]))
        }
      }
    }
  )

  it('have no newer stable version of any request than is spoken, but of those that are held back', () => {
    const newest = spoken.map(({ name }) => {
      const definition = known.get(`${name}Request`)
      const { to } = versionsOf(definition?.validVersions ?? '0')
      return [name, heldBack[name] ?? (definition?.latestVersionUnstable === true ? to - 1 : to)] as const
    })
    const older = newest.filter(([name, to]) => (spoken.find((api) => api.name === name)?.versions.to ?? -1) < to)
    expect(older).toEqual([])
    expect(newest).toHaveLength(spoken.length)
  })
})
