/** If a request is repeated within this time, its last answer was of no use. */
const contradictedMs = 60_000

/**
 * Chooses the broker for requests that any broker can answer. Begins with a random one and stays with it, since another broker
 * means another connection. Moves on when a request is repeated within a minute: a broker that is cut off from the controller
 * answers with old data.
 */
export class BrokerRotation {
  private readonly random: () => number
  /** the broker in use, shared by all clients with shared connections */
  private readonly asked: { name: string | null }
  private readonly lastAnswers = new Map<string, { readonly by: string; readonly at: number }>()

  constructor(random: () => number, asked: { name: string | null } = { name: null }) {
    this.random = random
    this.asked = asked
  }

  /** The order in which to try brokers; doubtful ones come last. `what` identifies the request. */
  order<B extends { readonly name: string; readonly isDoubtful: boolean }>(
    what: string,
    brokers: readonly B[],
    now: number
  ): readonly B[] {
    const last = this.lastAnswers.get(what)
    const contradicted = last !== undefined && now - last.at < contradictedMs
    const from = contradicted ? last.by : this.asked.name
    const at = brokers.findIndex(({ name }) => name === from)
    const first = at < 0 ? Math.floor(this.random() * brokers.length) : contradicted ? at + 1 : at
    const rotated = brokers
      .map((_, index) => brokers[(first + index) % brokers.length])
      .filter((one) => one !== undefined)
    return [...rotated.filter((one) => !one.isDoubtful), ...rotated.filter((one) => one.isDoubtful)]
  }

  /** Records which broker answered. */
  answered(what: string, by: string, now: number): void {
    this.asked.name = by
    this.lastAnswers.set(what, { by, at: now })
  }
}
