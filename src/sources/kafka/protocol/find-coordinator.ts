import { describedApi } from './described-api.js'
import { array, int16, int32, int8, nullable, string, strings } from './message.js'

export interface Coordinator {
  readonly code: number
  readonly nodeId: number
  readonly host: string
  readonly port: number
}

/**
 * Looks up the coordinator of a group, or of the transactions of an ID. From version 4 on a request may have several keys
 * (KIP-699).
 */
export const findCoordinator = describedApi({
  name: 'FindCoordinator',
  key: 10,
  versions: '2-6',
  flexibleFrom: 3,
  request: { key: string('0-3'), keyType: int8('1+'), coordinatorKeys: strings('4+') },
  response: {
    throttleTimeMs: int32('1+'),
    errorCode: int16('0-3'),
    errorMessage: nullable(string('1-3')),
    nodeId: int32('0-3', -1),
    host: string('0-3'),
    port: int32('0-3', -1),
    coordinators: array('4+', {
      key: string('4+'),
      nodeId: int32('4+'),
      host: string('4+'),
      port: int32('4+'),
      errorCode: int16('4+'),
      errorMessage: nullable(string('4+'))
    })
  },
  toMessage: ({ key, of }: { readonly key: string; readonly of: 'group' | 'transaction' }) => ({
    key,
    keyType: of === 'group' ? 0 : 1,
    coordinatorKeys: [key]
  }),
  fromMessage: (answer): Coordinator => {
    const { errorCode, nodeId, host, port } = answer.coordinators[0] ?? answer
    return { code: errorCode, nodeId, host, port }
  }
})
