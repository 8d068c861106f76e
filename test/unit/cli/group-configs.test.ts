import { describe, expect, it } from 'vitest'
import { type Cluster, ConsumerError, type Fault } from '../../../src/index.js'
import { memoryCluster } from '../../../src/testing.js'
import { withOverrides } from '../../simulation/patch.js'
import { type CliRun, commandLine } from '../../support/command-line.js'

/** A share group without members. */
const made = async () => {
  const cluster = memoryCluster({ topics: { orders: 1 } })
  await cluster.admin().setShareOffsets('jobs', [{ topic: 'orders', partition: 0, offset: 0n }])
  const cliOf =
    (of: Cluster) =>
    (line: string): Promise<CliRun> =>
      commandLine(line.split(' '), { cluster: of, env: { KAFKA_BOOTSTRAP_SERVERS: 'embedded:1' } })
  /** The same cluster, which does not say what is configured. */
  const refusing = (fault: Fault): Cluster =>
    withOverrides<Cluster>(cluster, {
      admin: () =>
        withOverrides(cluster.admin(), { describeConfigs: () => Promise.reject(new ConsumerError(fault)) as never })
    })
  return { cli: cliOf(cluster), refused: (fault: Fault) => cliOf(refusing(fault)) }
}

describe('groups', () => {
  it('shows and changes what is configured for a share group', async () => {
    const { cli } = await made()
    expect((await cli('groups show jobs')).out).toBe('jobs: Empty, share\n')
    await cli('groups configure jobs share.auto.offset.reset=earliest share.delivery.count.limit=3')
    expect((await cli('groups show jobs')).out).toBe(
      'jobs: Empty, share\nconfigured: share.auto.offset.reset=earliest share.delivery.count.limit=3\n'
    )
    await cli('groups configure jobs share.auto.offset.reset=')
    expect((await cli('groups show jobs --json')).values).toMatchObject([
      { configs: { 'share.delivery.count.limit': '3' } }
    ])
    expect((await cli('groups configure jobs')).code).toBe(2)
  })

  it.each([
    { _tag: 'AuthorizationFault', resource: 'group', name: 'jobs' },
    { _tag: 'BrokerFault', api: 'DescribeConfigs', code: 42, name: 'INVALID_REQUEST' }
  ] as Fault[])('shows a group whose configuration cannot be read (%j)', async (fault) => {
    const { refused } = await made()
    const cli = refused(fault)
    expect((await cli('groups show jobs')).out).toMatch(/^jobs: Empty, share\nconfigured: cannot be read: .+\n$/)
    expect((await cli('groups show jobs --json')).values).toMatchObject([{ groupId: 'jobs', configs: null }])
  })
})
