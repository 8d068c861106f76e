import type { Committed } from '../../model/committed.js'
import { keyOf } from '../../model/topic-partition.js'
import type { MemoryCluster } from '../../sources/memory/memory-cluster.js'
import type { Lettered } from './letters.js'
import type { Recorder } from './recorder.js'
import type { ShareScenario } from './share-scenario.js'

/** The maximum time without events while more may come: until the locks of a lost session expire. */
export const stillMsOf = ({ group = {} }: ShareScenario): number =>
  (group['share.record.lock.duration.ms'] ?? 30_000) + 5_000

/** Whether the group has completed a record: it is accepted, rejected, or archived. */
export const isDoneWith = (cluster: MemoryCluster, groupId: string, place: Committed): boolean => {
  const shared = cluster.sharePartition(groupId, place)
  if (shared === null) return false
  const known = shared.records.find(({ offset }) => offset === place.offset)
  return place.offset < shared.start || known?.state === 'acknowledged' || known?.state === 'archived'
}

const ends = { accepts: 'accepted', rejects: 'rejected', archives: 'given up after its last delivery' } as const

/** How the group completed a record: its last event. */
export const endOf = ({ happenings }: Recorder, written: Committed & Lettered): string => {
  const last = happenings.findLast(
    ({ line, char, nth }) =>
      line._tag in ends &&
      'place' in line &&
      keyOf(line.place) === keyOf(written) &&
      char === written.letter &&
      nth === written.nth
  )
  return ends[(last?.line._tag ?? 'accepts') as keyof typeof ends]
}
