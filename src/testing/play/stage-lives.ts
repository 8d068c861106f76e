import type { StageHost, StageProcess } from './stage-host.js'
import type { AnyStageMember } from './any-stage-member.js'

/** One life of a member, and the process that it runs in. */
export interface Life {
  readonly member: AnyStageMember
  readonly process: StageProcess
}

/** All lives of a scenario's members, and which of them are running. */
export class StageLives {
  readonly all: Life[] = []
  private readonly host: StageHost
  private readonly current = new Map<string, Life>()

  constructor(host: StageHost) {
    this.host = host
  }

  get live(): readonly AnyStageMember[] {
    return [...this.current.values()].map(({ member }) => member).filter((member) => !member.isOver)
  }

  /** The last life of a member; undefined if it has none. */
  running(name: string): Life | undefined {
    return this.current.get(name)
  }

  /** How many lives of a member have begun. */
  countOf(name: string): number {
    return this.all.filter(({ member }) => member.name === name).length
  }

  begin(name: string, life: Life): void {
    this.all.push(life)
    life.process.whenExit(() => {
      life.process.kill()
      life.member.crash()
    })
    this.current.set(name, life)
  }

  /** Lets a member act within its process. */
  enter(name: string, act: (member: AnyStageMember) => void): void {
    const life = this.current.get(name)
    life?.process.enter(() => {
      act(life.member)
    })
  }

  enterAll(act: (member: AnyStageMember) => void): void {
    for (const [name, { member }] of this.current) if (!member.isOver) this.enter(name, act)
  }

  /** The member with this ID in the group. */
  memberOf(memberId: string | null): AnyStageMember | undefined {
    return memberId === null ? undefined : this.all.find(({ member }) => member.memberId === memberId)?.member
  }

  crash(name: string, how?: 'cut off'): void {
    const life = this.current.get(name)
    life?.process.kill(how)
    life?.member.crash()
  }

  /** Sends its process a signal; false if that has killed it. */
  raise(name: string, signal: string): boolean {
    const life = this.current.get(name)
    if (life === undefined || life.process.isDead || life.process.raise(signal)) return true
    this.crash(name)
    return false
  }

  expire(name: string, groupId: string): void {
    const memberId = this.current.get(name)?.member.memberId ?? null
    if (memberId !== null) this.host.expireSession(groupId, memberId)
  }

  /** Ends the sessions of dead members at once, instead of after their timeout. */
  expireTheDead(groupId: string): void {
    for (const { member, process } of this.all)
      if (process.isDead && member.memberId !== null) this.host.expireSession(groupId, member.memberId)
  }

  /** Cleans up after dead processes, when nothing observes them any more. */
  bury(): void {
    for (const { member, process } of this.all)
      if (process.isDead)
        process.enter(() => {
          member.unsubscribe()
        })
  }
}
