import { parseAddresses } from '../../../config/bootstrap-servers.js'
import type { BrokerAddress } from '../../../config/broker-address.js'
import type { ConnectionSettings } from '../../../config/connection-settings.js'
import type { Clock } from '../../../model/clock.js'
import { reasonOf } from '../../../model/printable.js'
import { within } from '../within.js'
import { WireError } from './wire-error.js'

/** What `bootstrap.servers` gives now: of a function whatever it says. One that fails is asked again with the next request. */
export const locatedBrokers = async (
  { brokers, locate, connectionTimeoutMs }: ConnectionSettings,
  clock: Clock
): Promise<readonly BrokerAddress[]> => {
  if (locate === null) return brokers
  try {
    const found = parseAddresses(await within(clock, connectionTimeoutMs, 'bootstrap.servers', locate))
    if (found === null) throw new Error('bootstrap.servers gave no list of host:port')
    return found
  } catch (error) {
    const fault = { _tag: 'ConnectionFault', broker: 'bootstrap.servers', reason: reasonOf(error) } as const
    throw new WireError(fault, false)
  }
}
