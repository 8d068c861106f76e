import { isLeft, isRight } from 'fp-ts/lib/Either.js'
import { firstValueFrom } from 'rxjs'
import { decodeClusterConfig } from '../../src/config/cluster-config.js'
import { randomId } from '../../src/core/group/consumer-protocol/random-id.js'
import { ConsumerError } from '../../src/index.js'
import { shareCalls } from '../../src/sources/kafka/share-calls.js'
import { uniqueName } from './kafka.js'

/** Whether brokers have share groups (a preview in Kafka 4.1), and renew their locks: from Kafka 4.2 on. */
export const sharesOf = async (brokers: string | null): Promise<'none' | 'plain' | 'renewing'> => {
  if (brokers === null) return 'none'
  const settings = decodeClusterConfig({ 'bootstrap.servers': brokers })
  if (isLeft(settings)) throw new ConsumerError(settings.left)
  const calls = shareCalls(settings.right)
  const cluster = await firstValueFrom(calls.metadata([]))
  const node = isRight(cluster) ? (cluster.right.brokers[0]?.nodeId ?? 1) : 1
  const request = { groupId: uniqueName('nobody'), memberId: randomId(Math.random), sessionEpoch: 5, partitions: [] }
  const plain = await firstValueFrom(calls.shareAcknowledge(node, { ...request, renews: false }))
  const renewed = await firstValueFrom(calls.shareAcknowledge(node, { ...request, renews: true }))
  calls.close()
  return isRight(renewed) ? 'renewing' : isRight(plain) ? 'plain' : 'none'
}
