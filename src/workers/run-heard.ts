import { WorkerMessage, working } from '../internal/trace-channels.js'
import type { Carried } from '../model/carried.js'
import { wireBytes } from '../model/producer-record.js'
import { type Parcel, parcelOf } from './parcel.js'

/** Sends a task to a thread, with the headers that listeners add, and reports it to them. */
export const runHeard = async (
  carried: Carried<unknown>,
  run: (parcel: Parcel) => Promise<unknown>
): Promise<unknown> => {
  const message = new WorkerMessage(carried)
  try {
    const result = await working.begin(message, () => {
      const headers = message.added.map(({ name, value }) => ({ name, value: wireBytes(value) }))
      return run(parcelOf(carried, headers))
    })
    working.succeeded(message)
    return result
  } catch (error) {
    working.failed(message, error)
    throw error
  }
}
