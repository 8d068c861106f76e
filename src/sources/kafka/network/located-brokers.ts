import { parseAddresses } from '../../../config/bootstrap-servers.js'
import type { BrokerAddress } from '../../../config/broker-address.js'
import type { ConnectionSettings } from '../../../config/connection-settings.js'
import type { Clock } from '../../../model/clock.js'
import { reasonOf } from '../../../model/printable.js'
import { withTimeout } from '../with-timeout.js'
import { WireError } from './wire-error.js'

/**
 * The current brokers of `bootstrap.servers`; a function is called for them. If it fails, it is called again for the next
 * request.
 */
export const locatedBrokers = async (
  { brokers, locate, connectionTimeoutMs }: ConnectionSettings,
  clock: Clock
): Promise<readonly BrokerAddress[]> => {
  if (locate === null) return brokers
  try {
    const found = parseAddresses(await withTimeout(clock, connectionTimeoutMs, 'bootstrap.servers', locate))
    if (found === null) throw new Error('bootstrap.servers returned no list of host:port')
    return found
  } catch (error) {
    const fault = { _tag: 'ConnectionFault', broker: 'bootstrap.servers', reason: reasonOf(error) } as const
    throw new WireError(fault, false)
  }
}
