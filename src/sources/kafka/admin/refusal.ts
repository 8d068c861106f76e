import { refusedResource, type RefusedResource } from '../../../core/protocol/admin-verdicts.js'
import { brokerFault } from '../../../core/protocol/error-code.js'
import type { Fault } from '../../../model/fault.js'
import { WireError } from '../network/wire-error.js'

/** What was asked, for those faults that say so. */
export interface Asked {
  /** Kafka's name of the request */
  readonly api: string
  /** What it was about: topics, groups, and so on. */
  readonly about?: string
  /** The topic, where it was about one. */
  readonly topic?: string
}

/** What the code is about, and what the broker says besides. */
interface RefusalDetails {
  readonly topic?: string | undefined
  readonly partition?: number | null
  readonly message?: string | null | undefined
}

/** A code of Kafka's as a fault: a resource that may not be used, or a request that has failed. */
export const refusedFault = (code: number, asked: Asked, { topic, partition, message }: RefusalDetails = {}): Fault => {
  const resource = refusedResource(code)
  if (resource !== null) return { _tag: 'AuthorizationFault', resource, name: nameOf(resource, asked, topic) }
  return brokerFault(asked.api, code, topic, partition ?? undefined, message ?? asked.about)
}

/** The same as an error. */
export const refusal = (code: number, asked: Asked, details: RefusalDetails = {}): WireError =>
  new WireError(refusedFault(code, asked, details))

const nameOf = (resource: RefusedResource, { about = '' }: Asked, topic: string | undefined): string => {
  switch (resource) {
    case 'topic':
      return topic ?? about
    case 'group':
    case 'transactional.id':
      return about
    case 'cluster':
      return 'kafka-cluster'
  }
}
