import type { Api } from './api.js'

export interface Coordinator {
  readonly code: number
  readonly nodeId: number
  readonly host: string
  readonly port: number
}

/** Which node coordinates a group, or the transactions of an id. */
export const findCoordinatorV2: Api<{ readonly key: string; readonly of: 'group' | 'transaction' }, Coordinator> = {
  name: 'FindCoordinator',
  key: 10,
  version: 2,
  write: (writer, { key, of }) => {
    writer.string(key).int8(of === 'group' ? 0 : 1)
  },
  read: (reader) => {
    const throttleMs = reader.int32()
    const code = reader.int16()
    reader.nullableString()
    return { throttleMs, value: { code, nodeId: reader.int32(), host: reader.string(), port: reader.int32() } }
  }
}
