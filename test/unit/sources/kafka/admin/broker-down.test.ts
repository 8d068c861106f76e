import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { firstValueFrom } from 'rxjs'
import { describe, expect, it } from 'vitest'
import type { Admin } from '../../../../../src/index.js'
import { kafka } from '../../../../../src/kafka.js'

const closedPort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

const calls: Readonly<Record<string, (admin: Admin) => PromiseLike<unknown>>> = {
  listTopics: (admin) => admin.listTopics(),
  listGroups: (admin) => admin.listGroups(),
  describeCluster: (admin) => admin.describeCluster(),
  describeConfigs: (admin) => admin.describeConfigs([{ type: 'topic', name: 'orders' }]),
  describeAcls: (admin) => admin.describeAcls(),
  deleteGroups: (admin) => admin.deleteGroups(['billing'])
}

describe('an admin client of a broker that is down', () => {
  it.each(Object.keys(calls))('reports why it waits, by the events of its cluster: %s', async (name) => {
    const port = await closedPort()
    const cluster = kafka({ 'bootstrap.servers': `127.0.0.1:${String(port)}` })
    const admin = cluster.admin()
    const reported = firstValueFrom(cluster.events)
    const ended = Promise.resolve(calls[name]?.(admin)).then(
      () => 'done',
      (error: unknown) => String(error)
    )
    expect(await reported).toMatchObject({
      _tag: 'connecting',
      fault: { _tag: 'ConnectionFault', reason: `connect ECONNREFUSED 127.0.0.1:${String(port)}` }
    })
    admin.close()
    expect(await ended).not.toBe('done')
  })
})
