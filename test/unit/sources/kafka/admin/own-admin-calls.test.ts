import { describe, expect, it } from 'vitest'
import { OwnAdminCalls } from '../../../../../src/sources/kafka/admin/own-admin-calls.js'
import { WireError } from '../../../../../src/sources/kafka/network/wire-error.js'
import { connectionSettings } from '../../../../support/connection-settings.js'
import { scriptedBroker } from '../../../../support/scripted-broker.js'
import { VirtualClock } from '../../../../support/virtual-clock.js'

describe('OwnAdminCalls', () => {
  it('asks nothing once it is closed, for a call that was between two requests', async () => {
    const broker = await scriptedBroker(() => undefined)
    const clock = new VirtualClock()
    const own = new OwnAdminCalls(connectionSettings([broker.port]), clock, { clock, random: () => 0 })
    own.close()
    const faults = await Promise.all(
      [own.topics(['a']), own.createPartitions([{ topic: 'a', partitions: 2 }])].map((asked) =>
        asked.then(
          () => null,
          (error: unknown) => (error instanceof WireError ? error.fault : error)
        )
      )
    )

    const closed = { _tag: 'ClosedFault', what: 'the admin client' }
    expect([faults, broker.sockets.length]).toEqual([[closed, closed], 0])
  })
})
