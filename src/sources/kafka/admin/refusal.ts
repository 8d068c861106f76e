import { refusedResource, type RefusedResource } from '../../../core/protocol/admin-verdicts.js'
import { brokerFault } from '../../../core/protocol/error-code.js'
import type { Fault } from '../../../model/fault.js'
import { WireError } from '../network/wire-error.js'

/** What was requested, for faults that mention it. */
export interface AdminRequest {
  /** Kafka's name of the request */
  readonly api: string
  /** The subject of the request: topics, groups, and so on. */
  readonly about?: string
  /** The topic, if the request concerns one. */
  readonly topic?: string
}

/** What the code concerns, with the broker's message. */
interface RefusalDetails {
  readonly topic?: string | undefined
  readonly partition?: number | null
  readonly message?: string | null | undefined
}

/** Kafka's error code as a fault: a resource without authorization, or a failed request. */
export const refusedFault = (
  code: number,
  request: AdminRequest,
  { topic, partition, message }: RefusalDetails = {}
): Fault => {
  const resource = refusedResource(code)
  if (resource !== null) return { _tag: 'AuthorizationFault', resource, name: nameOf(resource, request, topic) }
  // Brokers send an empty message for some refusals, such as the configuration of a topic that does not exist.
  const sent = message === null || message === '' ? undefined : message
  return brokerFault(request.api, code, topic, partition ?? undefined, sent ?? request.about)
}

export const refusal = (code: number, request: AdminRequest, details: RefusalDetails = {}): WireError =>
  new WireError(refusedFault(code, request, details))

const nameOf = (resource: RefusedResource, { about = '' }: AdminRequest, topic: string | undefined): string => {
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
