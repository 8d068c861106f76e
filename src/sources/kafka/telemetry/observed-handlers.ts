import type { ConsumerSettings } from '../../../config/consumer-config.js'
import type { ConsumerSessionHandlers } from '../../../ports/consumer-session.js'
import type { ClientTelemetry, TelemetryLabels } from './client-telemetry.js'

/** The labels of a consumer in its metrics, as in Java's client. */
export const consumerLabels = ({ groupId, groupInstanceId, clientRack }: ConsumerSettings): TelemetryLabels => ({
  ...(groupId === null ? {} : { group_id: groupId }),
  ...(groupInstanceId === null ? {} : { group_instance_id: groupInstanceId }),
  ...(clientRack === '' ? {} : { client_rack: clientRack })
})

/** Wraps the handlers to measure assignments. */
export const observedHandlers = (
  handlers: ConsumerSessionHandlers,
  telemetry: Pick<ClientTelemetry, 'assigned'>
): ConsumerSessionHandlers => {
  let assigned = 0
  return {
    ...handlers,
    assigned: (generation, gained, kept, rebalance) => {
      assigned = gained.length + kept.length
      telemetry.assigned(assigned, rebalance)
      handlers.assigned(generation, gained, kept, rebalance)
    },
    lost: (partitions, fault) => {
      assigned = Math.max(0, assigned - partitions.length)
      telemetry.assigned(assigned, null)
      handlers.lost(partitions, fault)
    }
  }
}
