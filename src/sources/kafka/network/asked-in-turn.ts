/** Asked again this soon, the last answer has not settled the question. */
const contradictedMs = 60_000

/**
 * Whom to ask what any broker can answer. It begins with a random one and stays with it, since each other one is another
 * connection. It moves on when the same is asked again within a minute: a broker that is cut off from the controller answers
 * from the past, and would be asked for ever.
 */
export class AskedInTurn {
  private readonly random: () => number
  /** who is asked, by all clients that share connections */
  private readonly asked: { name: string | null }
  private readonly answered = new Map<string, { readonly by: string; readonly at: number }>()

  constructor(random: () => number, asked: { name: string | null } = { name: null }) {
    this.random = random
    this.asked = asked
  }

  /** In which order to ask, those that are doubtful last. `what` names the question. */
  order<B extends { readonly name: string; readonly isDoubtful: boolean }>(
    what: string,
    brokers: readonly B[],
    now: number
  ): readonly B[] {
    const last = this.answered.get(what)
    const contradicted = last !== undefined && now - last.at < contradictedMs
    const from = contradicted ? last.by : this.asked.name
    const at = brokers.findIndex(({ name }) => name === from)
    const first = at < 0 ? Math.floor(this.random() * brokers.length) : contradicted ? at + 1 : at
    const rotated = brokers
      .map((_, index) => brokers[(first + index) % brokers.length])
      .filter((one) => one !== undefined)
    return [...rotated.filter((one) => !one.isDoubtful), ...rotated.filter((one) => one.isDoubtful)]
  }

  /** Who answered. */
  gave(what: string, by: string, now: number): void {
    this.asked.name = by
    this.answered.set(what, { by, at: now })
  }
}
