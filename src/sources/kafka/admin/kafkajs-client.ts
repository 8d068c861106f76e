import type { Admin as KafkajsAdmin } from 'kafkajs'
import type { Cancel, Clock } from '../../../model/clock.js'

/** How long connections are kept for another call. */
const lingerMs = 1_000

interface Opened {
  readonly admin: Promise<KafkajsAdmin>
  /** calls that are running and within their deadline */
  uses: number
}

/**
 * kafkajs's admin client: created by the first call, shared by concurrent calls, and disconnected after the last. A call that
 * takes longer than `limitMs` fails, and its client is not used again: kafkajs waits for as long as a broker's throttle time
 * says, which may be days.
 */
export class KafkajsClient {
  private readonly make: () => Promise<KafkajsAdmin>
  private readonly clock: Clock
  private readonly limitMs: number
  private opened: Opened | null = null
  private leaving: Cancel | null = null
  private closed = false

  constructor(make: () => Promise<KafkajsAdmin>, clock: Clock, limitMs: number) {
    this.make = make
    this.clock = clock
    this.limitMs = limitMs
  }

  async use<A>(run: (admin: KafkajsAdmin) => Promise<A>): Promise<A> {
    this.leaving?.()
    this.leaving = null
    const opened = (this.opened ??= { admin: this.connect(), uses: 0 })
    opened.uses++
    opened.admin.catch(() => {
      this.forget(opened)
    })
    let isUsed = true
    const release = (): void => {
      if (!isUsed) return
      isUsed = false
      opened.uses--
      if (opened.uses === 0) this.leaveLater(opened)
    }
    const late = this.clock.schedule(this.limitMs, () => {
      this.forget(opened)
      release()
    })
    try {
      return await run(await opened.admin)
    } finally {
      late()
      release()
    }
  }

  close(): void {
    this.closed = true
    this.leaving?.()
    if (this.opened !== null) this.leave(this.opened)
  }

  /** The next call creates another client. */
  private forget(opened: Opened): void {
    if (this.opened === opened) this.opened = null
  }

  private leaveLater(opened: Opened): void {
    if (this.closed || this.opened !== opened) this.leave(opened)
    else
      this.leaving = this.clock.schedule(lingerMs, () => {
        this.leave(opened)
      })
  }

  private leave(opened: Opened): void {
    this.forget(opened)
    opened.admin.then((admin) => admin.disconnect()).catch(() => undefined)
  }

  private async connect(): Promise<KafkajsAdmin> {
    const admin = await this.make()
    try {
      await admin.connect()
      return admin
    } catch (error) {
      await admin.disconnect().catch(() => undefined)
      throw error
    }
  }
}
