import { HeldRecords } from '../../core/sinks/held-records.js'
import type { RecordPlace } from '../../model/record-place.js'
import { hashOfOrder, laneOf } from './retry-lane.js'

/**
 * The moves to retry topics with unknown outcome, by lane. They include moves of records that are no longer in flight, for
 * example after a seek: their copies may still be written.
 */
export class MovesUnderWay {
  /** the records that move */
  readonly held = new HeldRecords()
  private readonly lanes = new Map<string, { moves: number; readonly wakes: (() => void)[] }>()

  /** A move begins; call the returned function at its end. */
  begin(place: RecordPlace, order: string | null): () => void {
    const lane = laneOf(place, order)
    const hash = hashOfOrder(order)
    this.held.add(place, hash)
    const known = this.lanes.get(lane) ?? { moves: 0, wakes: [] }
    this.lanes.set(lane, known)
    known.moves++
    return () => {
      this.held.remove(place, hash)
      if (--known.moves > 0) return
      this.lanes.delete(lane)
      for (const wake of known.wakes) wake()
    }
  }

  get isEmpty(): boolean {
    return this.lanes.size === 0
  }

  /** Whether the lane has such a move; if so, calls `wake` after the last one. */
  isBusy(lane: string, wake: () => void): boolean {
    const known = this.lanes.get(lane)
    known?.wakes.push(wake)
    return known !== undefined
  }
}
