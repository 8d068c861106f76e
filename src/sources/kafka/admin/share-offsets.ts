import { errorCode } from '../../../core/protocol/error-code.js'
import { byPlace } from '../../../model/topic-partition.js'
import type { ShareGroupOffset } from '../../../ports/admin.js'
import { Coordinators } from '../coordinators.js'
import type { BrokerLinks } from '../network/broker-links.js'
import type { ChangedShareOffsets } from '../protocol/alter-share-group-offsets.js'
import type { Api } from '../protocol/api.js'
import { describeShareGroupOffsets } from '../protocol/describe-share-group-offsets.js'
import { refusal } from './refusal.js'

const ownCode = ({ code }: { readonly code: number }): number => code

/** The start offset of a share group in each partition that it has fetched, or that was set. */
export const shareOffsetsOf = async (
  links: BrokerLinks,
  timeoutMs: number,
  groupId: string
): Promise<readonly ShareGroupOffset[]> => {
  const coordinators = new Coordinators(links, 'group')
  const api = describeShareGroupOffsets
  const subject = { api: api.name, about: groupId }
  const { code, message, partitions } = await coordinators.send(groupId, 'group', api, groupId, { timeoutMs }, ownCode)
  if (code !== errorCode.NONE) throw refusal(code, subject, { message })
  for (const { topic, partition, code: partitionCode } of partitions)
    if (partitionCode !== errorCode.NONE) throw refusal(partitionCode, subject, { topic, partition })
  return partitions
    .filter(({ start }) => start >= 0n)
    .map(({ topic, partition, start, lag }) => ({ topic, partition, offset: start, lag: lag < 0n ? null : lag }))
    .sort(byPlace)
}

/** Sends a change of a share group's offsets to its coordinator. */
export const changeShareOffsets = async <Request extends { readonly groupId: string }>(
  links: BrokerLinks,
  timeoutMs: number,
  api: Api<Request, ChangedShareOffsets>,
  request: Request
): Promise<void> => {
  const { groupId } = request
  const subject = { api: api.name, about: groupId }
  const coordinators = new Coordinators(links, 'group')
  const { code, message, places } = await coordinators.send(groupId, 'group', api, request, { timeoutMs }, ownCode)
  if (code !== errorCode.NONE) throw refusal(code, subject, { message })
  for (const { topic, partition, code: partitionCode, message: why } of places)
    if (partitionCode !== errorCode.NONE) throw refusal(partitionCode, subject, { topic, partition, message: why })
}
