import type { AckOrigin, AckTarget } from '../../model/acknowledgement.js'

/** The acknowledgement target of records that are only read. */
export class NoopAckTarget implements AckTarget {
  settle(): void {
    return undefined
  }
  refuse(): boolean {
    return false
  }
  hold(): void {
    return undefined
  }
  release(): void {
    return undefined
  }
  park(): void {
    return undefined
  }
  attempt(): void {
    return undefined
  }
  pass(): void {
    return undefined
  }
  visit(): void {
    return undefined
  }
  originOf(): AckOrigin | null {
    return null
  }
  isStale(): boolean {
    return false
  }
}
