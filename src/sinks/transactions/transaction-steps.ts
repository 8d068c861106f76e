import { type Either, isLeft } from 'fp-ts/lib/Either.js'
import { concatMap, of } from 'rxjs'
import type { Clock } from '../../model/clock.js'
import type { Fault } from '../../model/fault.js'
import type { GroupMember } from '../../model/group-member.js'
import type { Step } from '../../ports/step.js'
import type { TransactionOffset, TransactionSession } from '../../ports/transaction-session.js'
import type { TransactionNotices } from './transaction-notices.js'
import { TransactionWrites } from './transaction-writes.js'

/** How long to wait for the end of a transaction whose subscriber has left. */
const partingMs = 10_000

type Answered = (answer: Either<Fault, void>) => void

/** The steps of a session. A step's answer counts even without a subscriber: then an open transaction is aborted. */
export class TransactionSteps {
  private readonly clock: Clock
  private readonly session: TransactionSession
  readonly notices: TransactionNotices
  /** Called with the answer to the step in flight when the subscriber left. */
  private parting: (() => void) | null = null

  constructor(clock: Clock, session: TransactionSession, notices: TransactionNotices) {
    this.clock = clock
    this.session = session
    this.notices = notices
  }

  begin(answered: Answered): void {
    this.take('beginning', this.session.begin(), answered)
  }

  /** @param broken called with the first record's fault, if one fails */
  writes(broken: (fault: Fault) => void): TransactionWrites {
    return new TransactionWrites(this.clock, this.session, broken)
  }

  /** Commits, with a member's offsets if there are any. */
  commit(offsets: readonly TransactionOffset[], member: GroupMember | null, answered: Answered): void {
    const step =
      member === null || offsets.length === 0
        ? this.session.commit()
        : this.session
            .sendOffsets(member, offsets)
            .pipe(concatMap((answer) => (isLeft(answer) ? of(answer) : this.session.commit())))
    this.take('commit', step, answered)
  }

  abort(answered: Answered): void {
    this.take('abort', this.session.abort(), answered)
  }

  /** Ends the session. Aborts an open transaction, which would delay its readers for `transaction.timeout.ms`. */
  end(what: 'open' | 'none' | 'a step is under way'): void {
    this.notices.stop()
    const close = (): void => {
      cancel()
      this.session.close()
    }
    const abort = (): void => {
      this.session.abort().subscribe({ complete: close })
    }
    const cancel = this.clock.schedule(partingMs, () => {
      this.session.close()
    })
    switch (what) {
      case 'open':
        abort()
        break
      case 'none':
        close()
        break
      case 'a step is under way':
        // After a commit there is nothing to abort.
        this.parting = abort
    }
  }

  private take(what: string, step: Step<void>, answered: Answered): void {
    const unwatch = this.notices.watch(what)
    step.subscribe((answer) => {
      unwatch()
      const { parting } = this
      if (parting === null) answered(answer)
      else this.clock.turn(parting)
    })
  }
}
