import type { Api } from './api.js'

export interface Coordinator {
  readonly code: number
  readonly nodeId: number
  readonly host: string
  readonly port: number
}

/** Which node coordinates a group. */
export const findCoordinatorV2: Api<string, Coordinator> = {
  name: 'FindCoordinator',
  key: 10,
  version: 2,
  write: (writer, groupId) => {
    writer.string(groupId).int8(0)
  },
  read: (reader) => {
    const throttleMs = reader.int32()
    const code = reader.int16()
    reader.nullableString()
    return { throttleMs, value: { code, nodeId: reader.int32(), host: reader.string(), port: reader.int32() } }
  }
}
