import type { ConfigChange } from '../../../ports/admin.js'
import type { Api } from '../protocol/api.js'
import { configTypes } from './config-types.js'

/** What the broker says of one resource. */
export interface AlteredConfig {
  readonly name: string
  readonly code: number
  readonly message: string | null
}

const set = 0
const remove = 1

/** Version 0, which Kafka has since 2.3 (KIP-339): what is not named stays. */
export const incrementalAlterConfigsV0: Api<readonly ConfigChange[], readonly AlteredConfig[]> = {
  name: 'IncrementalAlterConfigs',
  key: 44,
  version: 0,
  write: (writer, changes) => {
    writer.array(changes, ({ type, name, set: values = {}, unset = [] }) => {
      const entries = [
        ...Object.entries(values).map(([key, value]) => ({ key, operation: set, value })),
        ...unset.map((key) => ({ key, operation: remove, value: null }))
      ]
      return writer
        .int8(configTypes[type])
        .string(name)
        .array(entries, ({ key, operation, value }) => writer.string(key).int8(operation).nullableString(value))
    })
    writer.boolean(false)
  },
  read: (reader) => ({
    throttleMs: reader.int32(),
    value: reader.array(() => {
      const [code, message] = [reader.int16(), reader.nullableString()]
      reader.int8()
      return { code, message, name: reader.string() }
    })
  })
}
