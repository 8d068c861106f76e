import { isLeft } from 'fp-ts/lib/Either.js'
import { tap } from 'rxjs'
import type { ShareCalls } from '../../ports/kafka-calls.js'
import type { Step } from '../../ports/step.js'
import type { DiagramApi } from '../diagram/line-label.js'
import { Connections, type ProcessRim } from './process-calls.js'
import { brokenCall } from './request-times.js'
import { living } from './watched-producer.js'

/** A member of a share session. */
export interface ShareMemberId {
  readonly groupId: string
  readonly memberId: string
}

/** The requests of a share group's member from its process. A session ends with its connection: `broken` names the member. */
export const processShareCalls = (
  calls: ShareCalls,
  rim: ProcessRim,
  broken: (member: ShareMemberId) => void
): ShareCalls => {
  const connections = new Connections(rim)
  const ask = <A>(api: DiagramApi, step: Step<A>): Step<A> =>
    living(connections.ask(api, step, brokenCall), rim.process)
  const inSession = <A>(api: DiagramApi, member: ShareMemberId, step: Step<A>): Step<A> =>
    ask(api, step).pipe(
      tap((answer) => {
        if (isLeft(answer)) broken(member)
      })
    )
  return {
    metadata: (topics) => ask('Metadata', calls.metadata(topics)),
    shareGroupHeartbeat: (request) => ask('ShareGroupHeartbeat', calls.shareGroupHeartbeat(request)),
    shareFetch: (node, request) => inSession('ShareFetch', request, calls.shareFetch(node, request)),
    shareAcknowledge: (node, request) => inSession('ShareAcknowledge', request, calls.shareAcknowledge(node, request)),
    shareGroupLag: (groupId) => ask('DescribeShareGroupOffsets', calls.shareGroupLag(groupId)),
    close: () => {
      calls.close()
    }
  }
}
