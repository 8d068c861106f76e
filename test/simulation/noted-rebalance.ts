import type { RebalanceEvent } from '../../src/index.js'
import { type Happening, placeOf } from './history.js'

/** What a member is told of its partitions, as the history has it. */
export const notedRebalance = (member: string, event: RebalanceEvent, inGroup: readonly string[]): Happening => {
  const { generation } = event
  switch (event._tag) {
    case 'assigned':
      return {
        what: 'assigned',
        member,
        generation,
        gained: event.gained.map(placeOf),
        kept: event.kept.map(placeOf),
        inGroup
      }
    case 'revoking':
      return { what: 'revoking', member, generation, places: event.partitions.map(placeOf), withinMs: event.withinMs }
    case 'revoked':
    case 'lost':
      return {
        what: event._tag,
        member,
        generation,
        endings: event.partitions.map((report) => ({
          place: placeOf(report),
          outcome: report.outcome,
          committed: report.committed === null ? null : Number(report.committed),
          repeated: report.repeated
        })),
        reason: event._tag === 'lost' ? JSON.stringify(event.fault) : ''
      }
  }
}
