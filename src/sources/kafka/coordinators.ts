import type { BrokerAddress } from '../../config/broker-address.js'
import { isCoordinatorOutOfDate } from '../../core/protocol/coordinator-verdict.js'
import { errorCode, errorName } from '../../core/protocol/error-code.js'
import { findCoordinatorVerdict } from '../../core/protocol/find-coordinator-verdict.js'
import type { BrokerLinks, Purpose } from './network/broker-links.js'
import type { LongTimes } from './network/broker-link.js'
import type { RequestTimeouts } from './network/connection.js'
import { WireError } from './network/wire-error.js'
import type { Api } from './protocol/api.js'
import { findCoordinator } from './protocol/find-coordinator.js'

/** What a coordinator is for: a group, or the transactions of an ID. */
export type Coordinated = 'group' | 'transaction'

/** Of several codes, the first after which the coordinator is looked up again, otherwise the first. */
export const tellingCode = (codes: readonly { readonly code: number }[]): number =>
  (codes.find((one) => isCoordinatorOutOfDate(one.code)) ?? codes[0])?.code ?? errorCode.NONE

/**
 * The coordinators of groups, or of transactions. Each is looked up once, and again after an answer or failure that shows that
 * it is outdated.
 */
export class Coordinators {
  private readonly links: BrokerLinks
  private readonly of: Coordinated
  private readonly throttledMs: number | undefined
  private readonly known = new Map<string, Promise<BrokerAddress>>()

  /** `throttledMs`: how long a broker's throttle time may delay the look-up; default a minute. */
  constructor(links: BrokerLinks, of: Coordinated, throttledMs?: number) {
    this.links = links
    this.of = of
    this.throttledMs = throttledMs
  }

  async send<Request, Response>(
    key: string,
    purpose: Purpose,
    api: Api<Request, Response>,
    request: Request,
    times: RequestTimeouts | LongTimes,
    codeOf: (response: Response) => number
  ): Promise<Response> {
    const found = this.find(key)
    const address = await found
    // Another request may have found the new coordinator meanwhile.
    const forget = (): void => {
      if (this.known.get(key) === found) this.known.delete(key)
    }
    try {
      const response = await this.links.sendTo(address, purpose, api, request, times)
      if (isCoordinatorOutOfDate(codeOf(response))) forget()
      return response
    } catch (error) {
      // A request that cannot be encoded says nothing about the coordinator.
      if (!(error instanceof WireError && error.fault._tag === 'UsageFault')) forget()
      throw error
    }
  }

  private find(key: string): Promise<BrokerAddress> {
    const known = this.known.get(key)
    if (known !== undefined) return known
    const found = this.ask(key)
    this.known.set(key, found)
    found.catch(() => {
      this.known.delete(key)
    })
    return found
  }

  private async ask(key: string): Promise<BrokerAddress> {
    const what = `the coordinator of the ${this.of} ${key}`
    const found = await this.links.sendToAny(findCoordinator, { key, of: this.of }, what, this.throttledMs)
    const { code, host, port } = found
    switch (findCoordinatorVerdict(code)) {
      case 'found':
        return { host, port }
      case 'group refused':
        throw new WireError({ _tag: 'AuthorizationFault', resource: 'group', name: key })
      case 'transactional id refused':
        throw new WireError({ _tag: 'AuthorizationFault', resource: 'transactional.id', name: key })
      case 'not available':
      case 'failed': {
        const reason = `the ${this.of}'s coordinator is not available: ${errorName(code)}`
        throw new WireError({ _tag: 'ConnectionFault', broker: `coordinator of ${key}`, reason })
      }
    }
  }
}
