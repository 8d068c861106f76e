import { isLeft } from 'fp-ts/lib/Either.js'
import { tap } from 'rxjs'
import { errorCode } from '../../core/protocol/error-code.js'
import type { Step } from '../../ports/step.js'
import type { BrokerModel } from './broker-model.js'
import type { FaultyApi } from './fault-on-demand.js'
import type { GroupCoordinator } from './group-coordinator.js'
import type { MemoryConnection } from './memory-connection.js'

/** One client's connections to the coordinators of its groups. */
export class MemoryCoordinators {
  private readonly model: BrokerModel
  private readonly connection: MemoryConnection
  /** the coordinators as this client knows them */
  private readonly places = new Map<string, number>()

  constructor(model: BrokerModel, connection: MemoryConnection) {
    this.model = model
    this.connection = connection
  }

  /** As over a network: the coordinator is looked up, and again when an answer or a failure shows that it has moved. */
  call<A>(
    api: FaultyApi,
    groupId: string,
    withCode: (code: number) => A,
    codeOf: (answer: A) => number,
    run: (coordinator: GroupCoordinator, answer: (value: A) => void) => void
  ): Step<A> {
    return this.connection
      .call<A>(api, withCode, (give) => {
        const coordinator = this.model.coordinator(groupId)
        const place = this.places.get(groupId) ?? coordinator.place
        this.places.set(groupId, place)
        const refused = coordinator.refusal(place)
        // A coordinator that is loading still accepts heartbeats (`GroupCoordinatorService.heartbeat`).
        const spared = api === 'Heartbeat' && refused === errorCode.COORDINATOR_LOAD_IN_PROGRESS
        if (refused === errorCode.NONE) run(coordinator, give)
        else give(withCode(spared ? errorCode.NONE : refused))
        return undefined
      })
      .pipe(
        tap((answer) => {
          if (isLeft(answer) || hasMoved(codeOf(answer.right))) this.places.delete(groupId)
        })
      )
  }
}

/** Whether the code makes a client look up the coordinator again. */
const hasMoved = (code: number): boolean =>
  code === errorCode.NOT_COORDINATOR || code === errorCode.COORDINATOR_NOT_AVAILABLE
