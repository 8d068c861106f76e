import type { Admin as KafkajsAdmin } from 'kafkajs'
import type { Cancel, Clock } from '../../../model/clock.js'

/** How long the connections are kept for another call. */
const lingerMs = 1_000

/** kafkajs's admin client: made for the first call, shared by those that are under way, and disconnected after the last. */
export class KafkajsClient {
  private readonly make: () => Promise<KafkajsAdmin>
  private readonly clock: Clock
  private connected: Promise<KafkajsAdmin> | null = null
  private uses = 0
  private leaving: Cancel | null = null
  private closed = false

  constructor(make: () => Promise<KafkajsAdmin>, clock: Clock) {
    this.make = make
    this.clock = clock
  }

  async use<A>(run: (admin: KafkajsAdmin) => Promise<A>): Promise<A> {
    this.uses++
    this.leaving?.()
    this.leaving = null
    const connecting = (this.connected ??= this.connect())
    connecting.catch(() => {
      if (this.connected === connecting) this.connected = null
    })
    try {
      return await run(await connecting)
    } finally {
      this.uses--
      if (this.uses === 0) this.leaveLater()
    }
  }

  close(): void {
    this.closed = true
    this.leaving?.()
    this.leave(this.connected)
  }

  private leaveLater(): void {
    if (this.closed) {
      this.leave(this.connected)
      return
    }
    this.leaving = this.clock.schedule(lingerMs, () => {
      this.leave(this.connected)
    })
  }

  private leave(connecting: Promise<KafkajsAdmin> | null): void {
    if (connecting === null) return
    this.connected = null
    connecting.then((admin) => admin.disconnect()).catch(() => undefined)
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
