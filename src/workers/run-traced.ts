import { WorkerMessage, working } from '../internal/trace-channels.js'
import type { Carried } from '../model/carried.js'
import { wireBytes } from '../model/producer-record.js'
import { type Parcel, parcelOf } from './parcel.js'

/** Sends a task to a thread and publishes it to the tracing channel; subscribers may add headers, which are sent with it. */
export const runTraced = async (
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
