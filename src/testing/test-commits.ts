import { Observable, Subject } from 'rxjs'
import type { CommitHandle, CommitPolicy } from '../model/acknowledgement.js'
import { afterAcknowledging } from '../model/acknowledge-together.js'
import type { Committed } from '../model/committed.js'
import type { TestOriginSetting } from './test-origin-setting.js'

/** The commits of a test's partition: by the policies of its operators, and at once. */
export class TestCommits {
  /** the committed offsets in order: each the next offset to read */
  readonly stored: bigint[] = []
  private readonly setting: TestOriginSetting
  private readonly committable: () => bigint
  private readonly confirmed = new Subject<Committed>()
  private readonly policies: CommitPolicy[] = []
  private unstored = 0
  private waiting: (() => void) | null = null
  private over = false

  constructor(setting: TestOriginSetting, committable: () => bigint) {
    this.setting = setting
    this.committable = committable
  }

  settled(): void {
    this.unstored++
    afterAcknowledging(this.checkPolicies)
  }

  commitBy(policy: CommitPolicy): CommitHandle {
    this.policies.push(policy)
    this.checkPolicies()
    return {
      stored: this.confirmed,
      flush: () =>
        new Observable((subscriber) => {
          this.store()
          subscriber.complete()
        })
    }
  }

  end(): void {
    this.over = true
    this.waiting?.()
    this.waiting = null
    this.confirmed.complete()
  }

  private readonly checkPolicies = (): void => {
    if (this.unstored === 0 || this.policies.length === 0) return
    if (this.policies.some(({ every }) => this.unstored >= every)) this.store()
    else {
      const withinMs = Math.min(...this.policies.map((policy) => policy.withinMs))
      this.waiting ??= this.setting.clock.schedule(withinMs, () => {
        this.store()
      })
    }
  }

  private store(): void {
    this.waiting?.()
    this.waiting = null
    this.unstored = 0
    const { place, base, watcher } = this.setting
    const offset = this.committable()
    if (this.over || offset === (this.stored.at(-1) ?? base)) return
    this.stored.push(offset)
    watcher?.stored(offset)
    this.confirmed.next({ ...place, offset })
  }
}
