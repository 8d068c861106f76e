import type { ClusterEvent } from '../model/cluster-event.js'
import { line } from '../model/line.js'
import { because, type Notice, notice } from './notice.js'
import { describeThrottled } from './producer-notices.js'

/** An event of a cluster, as a line. */
export const describeClusterEvent = (event: ClusterEvent): Notice => {
  switch (event._tag) {
    case 'connecting':
      return notice(event, 'warn', line`no connection to ${event.broker}`, because(event.fault))
    case 'connected':
      return notice(event, 'info', line`connected to ${event.broker} after ${Math.round(event.afterMs)} ms`)
    case 'throttled':
      return describeThrottled(event)
    case 'recovered':
      return notice(
        event,
        'info',
        line`${event.what} no longer throttles this client, after ${Math.round(event.afterMs)} ms`
      )
  }
}
