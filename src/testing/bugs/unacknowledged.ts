import type { ConsumerRecord } from '../../model/consumer-record.js'
import { RecordedAck } from '../play/recorded-record.js'

/** An acknowledgement without effect. */
export class Unacknowledged extends RecordedAck {
  override settle(): void {
    this.acted()
  }
  private readonly acted: () => void
  constructor(record: ConsumerRecord, acted: () => void) {
    const nobody = (): void => undefined
    super(record, { settled: nobody, failed: nobody, begins: nobody, ends: () => nobody })
    this.acted = acted
  }
}
