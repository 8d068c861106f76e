import type { BrokerFault, ConfigProblem, DecodeFault, Fault, RecordPlace } from './fault.js'
import { printable, printableValue, reasonOf } from './printable.js'
import type { TopicPartition } from './topic-partition.js'

/**
 * A fault in one line: what, where, what to do. Text from outside is escaped and cut; payload never appears.
 *
 * @example
 * consumer.events.subscribe((event) => 'fault' in event && console.error(describeFault(event.fault)))
 */
export const describeFault = (fault: Fault): string => {
  // Whatever the types say, it may be none of ours.
  const given: Fault | null | undefined = fault
  return descriptionOf(given) ?? `not a fault: ${printableValue(given)}`
}

const descriptionOf = (given: unknown): string | undefined => {
  try {
    return isTagged(given) ? describe(given) : undefined
  } catch {
    return undefined
  }
}

const isTagged = (given: unknown): given is Fault => typeof given === 'object' && given !== null && '_tag' in given

const describe = (fault: Fault): string => {
  switch (fault._tag) {
    case 'ConfigFault':
      return `the configuration is wrong: ${fault.problems.map(describeProblem).join('; ')}`
    case 'ConnectionFault':
      return `${fault.broker} cannot be reached: ${printable(fault.reason)}`
    case 'FrameFault':
      return `${fault.broker} is not a Kafka broker, or TLS and plaintext are mixed up: ${printable(fault.reason)}; check bootstrap.servers and security.protocol`
    case 'AuthenticationFault':
      return `${fault.broker} refused the authentication: ${printable(fault.reason)}; check security.protocol, sasl.* and ssl.*`
    case 'AuthorizationFault':
      return `not authorised for the ${fault.resource} ${printable(fault.name)}; grant it to this principal`
    case 'UnsupportedVersionFault':
      return `${fault.broker ?? 'the broker'} does not speak ${fault.api} ${fault.needed} (it offers ${fault.offered}); Kafka 3.2 and later is supported`
    case 'BrokerFault':
      return describeBroker(fault)
    case 'UnknownTopicFault':
      return `the topic ${printable(fault.topic)} does not exist; create it, it is looked for until then`
    case 'UnknownPartitionFault':
      return `the topic ${printable(fault.topic)} has no partition ${String(fault.partition)}, only 0 to ${String(fault.partitions - 1)}; it is looked for until there is one`
    case 'GroupProtocolFault':
      return `the group ${printable(fault.groupId)} is used with other assignment strategies than ${fault.offered.join(', ')}; use one that its members share in partition.assignment.strategy, or another group.id`
    case 'AssignmentFault':
      return `what the leader of the group ${printable(fault.groupId)} has assigned cannot be read: ${printable(fault.reason)}; its assignor and this consumer's do not go together`
    case 'FencedFault':
      return `another client took over ${fault.what} ${printable(fault.id)}; give each instance one of its own`
    case 'MembershipLostFault':
      return `no longer a member of ${printable(fault.groupId)} (${fault.reason}); what was not committed is delivered again`
    case 'NoOffsetFault':
      return `${place(fault)} has no committed offset${fault.groupId === null ? '' : ` in the group ${printable(fault.groupId)}`} and auto.offset.reset is none; commit one, or set earliest or latest`
    case 'OffsetOutOfRangeFault':
      return `${offset(fault)} is not in the log (${String(fault.logStart)} to ${String(fault.logEnd)}) and is not reset (auto.offset.reset, offset.out.of.range); seek to where to go on`
    case 'LogTruncationFault':
      return `the log of ${place(fault)} was cut below offset ${String(fault.offset)}${fault.divergesAt === null ? '' : `, to ${String(fault.divergesAt)},`} by an unclean leader election and auto.offset.reset is none; seek to where to go on`
    case 'TopicRecreatedFault':
      return `the topic ${printable(fault.topic)} was deleted and made again, so that ${fault.position === null ? 'no position' : `position ${String(fault.position)}`} of ${place(fault)} means nothing in it, and auto.offset.reset is none; start over from where it is to be read`
    case 'StartFromFault':
      return `startFrom failed: ${printable(fault.reason)}${cause(fault.cause)}`
    case 'UnreachableFault':
      return `${fault.what} could not be reached for ${String(fault.forMs)} ms: ${describeFault(fault.fault)}`
    case 'AssignorFault':
      return `the assignor ${printable(fault.assignor)} failed: ${printable(fault.reason)}${cause(fault.cause)}`
    case 'CorruptBatchFault':
      return `${offset(fault)} cannot be read: ${printable(fault.reason)}; the partition stands there, seek past it to go on`
    case 'OversizedBatchFault':
      return `${offset(fault)} holds a batch of more than ${String(fault.limitBytes)} bytes once decompressed; raise max.decompressed.bytes, or seek past it`
    case 'CodecMissingFault':
      return `${offset(fault)} is compressed with ${fault.codec}: install ${fault.install}, or seek past it`
    case 'DecodeFault':
      return describeDecode(fault)
    case 'HandlerFault':
      return `${fault.operator} failed at ${offset(fault.place)} in attempt ${String(fault.attempt)}${cause(fault.cause)}`
    case 'BehindFault':
      return `${offset(fault.place)} was not tried: ${offset(fault.behind)}, which it is ordered behind, has failed`
    case 'ProduceFault':
      return `${printable(fault.topic)}${fault.partition === undefined ? '' : `/${String(fault.partition)}`} was not ${fault.maybeWritten ? 'confirmed, though it may have been written' : 'written'}: ${printable(fault.reason)}`
    case 'ReplayRefusedFault':
      return `the dead letter at ${offset(fault.place)} is not replayed: ${printable(fault.reason)}`
    case 'SinkFault':
      return `${fault.sink} failed: ${printable(fault.reason)}`
    case 'TimeoutFault':
      return `${fault.what} did not answer within ${String(fault.afterMs)} ms`
    case 'ClosedFault':
      return `${fault.what} is closed`
    case 'UsageFault':
      return fault.reason
    case 'CommitFault':
      return `nothing could be committed for ${String(fault.forMs)} ms (${fault.offsets.map(place).join(', ')}): ${describeFault(fault.fault)}`
    case 'OffsetRefusedFault':
      return `${offset(fault)} cannot be committed: ${printable(fault.reason)}`
  }
}

/** One thing that is wrong with what was given, in one line. */
export const describeProblem = (problem: ConfigProblem): string =>
  problem.didYouMean === undefined
    ? `${printable(problem.property)} is ${problem.given}, allowed is ${problem.allowed}`
    : `${printable(problem.property)} is not known, did you mean ${problem.didYouMean}?`

const describeBroker = ({ api, name, code, topic, partition, message }: BrokerFault): string => {
  const of = partition === undefined ? '' : `/${String(partition)}`
  const where = topic === undefined ? '' : ` for ${printable(topic)}${of}`
  const words = message === undefined ? '' : `: ${printable(message.replace(/\.$/, ''))}`
  const remedy = remedies.get(name)
  return `${api} was answered with ${name} (${String(code)})${where}${words}${remedy === undefined ? '' : `; ${remedy}`}`
}

/** What to do about answers that the caller can do something about. */
const remedies: ReadonlyMap<string, string> = new Map([
  ['INVALID_PARTITIONS', 'give it at least one partition'],
  ['INVALID_REPLICATION_FACTOR', 'use at most as many replicas as there are brokers'],
  ['INVALID_CONFIG', "use Kafka's names and values for the topic's config"],
  ['INVALID_TOPIC_EXCEPTION', 'use 1 to 249 of the characters a-z, A-Z, 0-9, ., _ and -'],
  ['POLICY_VIOLATION', "the broker's administrator has set that rule"],
  ['GROUP_MAX_SIZE_REACHED', 'raise group.max.size at the broker, or start fewer members'],
  ['INVALID_TRANSACTION_TIMEOUT', 'stay within transaction.max.timeout.ms of the broker'],
  ['OFFSET_METADATA_TOO_LARGE', 'keep the metadata of an offset within offset.metadata.max.bytes of the broker'],
  ['UNSUPPORTED_COMPRESSION_TYPE', 'use another compression.type, or a newer broker']
])

const describeDecode = (fault: DecodeFault): string => {
  const where = fault.place === undefined ? '' : ` of ${offset(fault.place)}`
  const problems = (fault.problems ?? []).map(({ path, message }) => `${printable(path)}: ${printable(message)}`)
  const more = (fault.totalProblems ?? 0) - problems.length
  const listed = problems.length === 0 ? '' : `: ${problems.join('; ')}${more > 0 ? ` and ${String(more)} more` : ''}`
  return `the ${fault.part ?? 'bytes'}${where} cannot be decoded (${fault.stage}): ${printable(fault.reason)}${listed}`
}

const place = ({ topic, partition }: TopicPartition): string => `${printable(topic)}/${String(partition)}`
const offset = (at: RecordPlace): string => `${place(at)} offset ${String(at.offset)}`
const cause = (thrown: unknown): string => (thrown === undefined ? '' : `: ${reasonOf(thrown)}`)
