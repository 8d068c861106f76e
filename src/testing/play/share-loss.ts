import type { Committed } from '../../model/committed.js'
import { keyOf } from '../../model/topic-partition.js'
import type { MemoryCluster } from '../../sources/memory/memory-cluster.js'
import type { Lettered } from './letters.js'
import type { Recorder } from './recorder.js'
import type { ShareScenario } from './share-scenario.js'

/** For how long nothing may be seen to happen though something comes still: until the locks of a lost session run out. */
export const stillMsOf = ({ group = {} }: ShareScenario): number =>
  (group['share.record.lock.duration.ms'] ?? 30_000) + 5_000

/** Whether a share group is done with a record: it is accepted, rejected, or given up. */
export const isDoneWith = (cluster: MemoryCluster, groupId: string, place: Committed): boolean => {
  const shared = cluster.sharePartition(groupId, place)
  if (shared === null) return false
  const known = shared.records.find(({ offset }) => offset === place.offset)
  return place.offset < shared.start || known?.state === 'acknowledged' || known?.state === 'archived'
}

const ends = { accepts: 'accepted', rejects: 'rejected', archives: 'given up after its last delivery' } as const

/** How the group came to be done with a record: its last end. */
export const endOf = ({ happenings }: Recorder, written: Committed & Lettered): string => {
  const last = happenings.findLast(
    ({ line, char, nth }) =>
      line._tag in ends && 'place' in line && keyOf(line.place) === keyOf(written) && char === written.letter && nth === written.nth // prettier-ignore
  )
  return ends[(last?.line._tag ?? 'accepts') as keyof typeof ends]
}
