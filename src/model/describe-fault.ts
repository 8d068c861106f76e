import type { BrokerFault, ConfigProblem, Fault } from './fault.js'
import type { DecodeFault } from './record-fault.js'
import type { RecordPlace } from './record-place.js'
import { joined, Line, line, nothing, ownWords } from './line.js'
import { printableValue, reasonOf } from './printable.js'
import type { TopicPartition } from './topic-partition.js'

/**
 * A fault in one line: what happened, where, and what to do. External text is escaped and cut; payload never appears.
 *
 * @example
 * consumer.events.subscribe((event) => 'fault' in event && console.error(describeFault(event.fault)))
 */
export const describeFault = (fault: Fault): string => {
  // An untyped program may pass anything.
  const given: Fault | null | undefined = fault
  return descriptionOf(given) ?? `not a fault: ${printableValue(given)}`
}

const descriptionOf = (given: unknown): string | undefined => {
  try {
    return isTagged(given) ? describe(given).text : undefined
  } catch {
    return undefined
  }
}

const isTagged = (given: unknown): given is Fault =>
  typeof given === 'object' && given !== null && '_tag' in given && Object.hasOwn(descriptions, String(given._tag))

const describe = (fault: Fault): Line => {
  // The row of a tag takes the faults of that tag; the compiler does not follow this through the index.
  const row = descriptions[fault._tag] as (fault: Fault) => Line
  return row(fault)
}

/** The description of each kind of fault. A new fault does not compile until it has a row here. */
const descriptions: { readonly [Tag in Fault['_tag']]: (fault: Extract<Fault, { readonly _tag: Tag }>) => Line } = {
  ConfigFault: (fault) => line`the configuration is wrong: ${joined(fault.problems.map(problemLine), '; ')}`,
  ConnectionFault: (fault) => line`${fault.broker} cannot be reached: ${fault.reason}${remedyOf(fault.reason)}`,
  FrameFault: (fault) =>
    line`${fault.broker} is not a Kafka broker, or TLS and plaintext are mixed up: ${fault.reason}; check bootstrap.servers and security.protocol`,
  AuthenticationFault: (fault) =>
    line`${fault.broker} refused the authentication: ${fault.reason}; check security.protocol, sasl.* and ssl.*`,
  AuthorizationFault: (fault) =>
    line`not authorised for the ${fault.resource} ${fault.name}; grant it to this principal`,
  UnsupportedVersionFault: (fault) =>
    line`${fault.broker ?? 'the broker'} does not support ${fault.api} ${fault.needed} (it offers ${fault.offered}); ${whatItNeeds(fault.api)}`,
  BrokerFault: (fault) => describeBroker(fault),
  UnknownTopicFault: (fault) =>
    line`the topic ${fault.topic} does not exist; create it, the client keeps looking for it`,
  UnknownPartitionFault: (fault) =>
    line`the topic ${fault.topic} has no partition ${fault.partition}, only 0 to ${fault.partitions - 1}; the client looks for it until it exists`,
  GroupProtocolFault: (fault) =>
    line`the group ${fault.groupId} is used with other assignment strategies than ${fault.offered.join(', ')}; use one that its members share in partition.assignment.strategy, or another group.id`,
  AssignmentFault: (fault) =>
    line`the assignment from the leader of the group ${fault.groupId} cannot be read: ${fault.reason}; use the same assignor in all members`,
  FencedFault: ({ what, id }) =>
    what === 'partition'
      ? line`another instance took over ${id}: this one writes no more of its records`
      : line`another client took over ${what} ${id}; give each instance its own`,
  MembershipLostFault: (fault) =>
    line`no longer a member of ${fault.groupId} (${fault.reason}); what was not committed is delivered again`,
  NoOffsetFault: (fault) =>
    line`${place(fault)} has no committed offset${fault.groupId === null ? nothing : line` in the group ${fault.groupId}`} and auto.offset.reset is none; commit one, or set earliest or latest`,
  OffsetOutOfRangeFault: (fault) =>
    line`${offset(fault)} is not in the log (${fault.logStart} to ${fault.logEnd}) and is not reset (see auto.offset.reset, offset.out.of.range, offset.reset.max.records and offset.reset.max.ms); seek to the offset to continue at`,
  LogTruncationFault: (fault) =>
    line`the log of ${place(fault)} was cut below offset ${fault.offset}${fault.divergesAt === null ? nothing : line`, to ${fault.divergesAt},`} by an unclean leader election and auto.offset.reset is none; seek to the offset to continue at`,
  TopicRecreatedFault: (fault) =>
    line`the topic ${fault.topic} was deleted and created again, so that ${fault.position === null ? 'no position' : line`position ${fault.position}`} of ${place(fault)} is not valid in the new one, and auto.offset.reset is none; seek to the offset to begin at`,
  StartFromFault: (fault) => line`startFrom failed: ${fault.reason}${cause(fault.cause)}`,
  UnreachableFault: (fault) => line`${fault.what} could not be reached for ${fault.forMs} ms: ${nested(fault.fault)}`,
  AssignorFault: (fault) => line`the assignor ${fault.assignor} failed: ${fault.reason}${cause(fault.cause)}`,
  CorruptBatchFault: (fault) =>
    line`${offset(fault)} cannot be read: ${fault.reason}; reading stops there, seek past it to continue`,
  OversizedBatchFault: (fault) =>
    line`${offset(fault)} holds a batch of more than ${fault.limitBytes} bytes once decompressed; raise max.decompressed.bytes, or seek past it`,
  CodecMissingFault: (fault) =>
    line`${offset(fault)} is compressed with ${fault.codec}: install ${fault.install}, or seek past it`,
  DecodeFault: (fault) => describeDecode(fault),
  HandlerFault: (fault) =>
    line`${fault.operator} failed at ${offset(fault.place)} in attempt ${fault.attempt}${cause(fault.cause)}`,
  PredecessorFailedFault: (fault) =>
    line`${offset(fault.place)} was not tried: ${offset(fault.behind)}, which it is ordered behind, has failed`,
  ProduceFault: (fault) =>
    line`${fault.topic}${fault.partition === undefined ? nothing : line`/${fault.partition}`} was not ${fault.maybeWritten ? 'confirmed, though it may have been written' : 'written'}: ${fault.reason}${remedyOf(fault.reason)}`,
  ReplayRefusedFault: (fault) => line`the dead letter at ${offset(fault.place)} is not replayed: ${fault.reason}`,
  SinkFault: (fault) => line`${fault.sink} failed: ${fault.reason}`,
  TimeoutFault: (fault) =>
    line`${fault.what} did not answer within ${fault.afterMs} ms${fault.last === undefined ? nothing : line`: ${nested(fault.last)}`}`,
  ClosedFault: (fault) => line`${fault.what} is closed`,
  UsageFault: (fault) => ownWords(fault.reason),
  CommitFault: (fault) =>
    line`nothing could be committed for ${fault.forMs} ms (${joined(fault.offsets.map(place), ', ')}): ${nested(fault.fault)}`,
  OffsetRefusedFault: (fault) => line`${offset(fault)} cannot be committed: ${fault.reason}`
}

/** One problem with a configuration or an argument, in one line. */
export const describeProblem = (problem: ConfigProblem): string => problemLine(problem).text

const problemLine = ({ property, given, allowed, didYouMean }: ConfigProblem): Line =>
  didYouMean === undefined
    ? line`${property} is ${ownWords(given)}, allowed is ${ownWords(allowed)}`
    : line`${property} is not known, did you mean ${didYouMean}?`

const describeBroker = ({ api, name, code, topic, partition, message }: BrokerFault): Line => {
  const of = partition === undefined ? nothing : line`/${partition}`
  const where = topic === undefined ? nothing : line` for ${topic}${of}`
  const words = message === undefined ? nothing : line`: ${message.replace(/\.$/, '')}`
  const remedy = remedies.get(name)
  return line`${api} was answered with ${name} (${code})${where}${words}${remedy === undefined ? nothing : line`; ${remedy}`}`
}

/** The remedy for a fault, by names that its reason contains: the socket's codes, the library's own words, Kafka's codes. */
const remediesOfReasons: readonly (readonly [names: RegExp, remedy: string])[] = [
  [/ECONNREFUSED/, 'is the broker up, and the port right?'],
  [/ENOTFOUND|EAI_AGAIN/, 'check the name in bootstrap.servers and advertised.listeners, and DNS'],
  [/ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|no connect(ion)? within/, 'check routes and firewalls'],
  [/no answer to /, 'the broker hangs, or the network drops its answers'],
  [/in the TLS handshake/, 'check security.protocol and the port'],
  [/KAFKA_STORAGE_ERROR/, 'a disk of the broker has failed or is full, see its log'],
  [/NOT_ENOUGH_REPLICAS/, 'fewer replicas are in sync than min.insync.replicas requires'],
  [/MESSAGE_TOO_LARGE/, 'send less, or raise max.message.bytes of the topic']
]

const remedyOf = (reason: string): Line => {
  const found = remediesOfReasons.find(([names]) => names.test(reason))
  // A reason that describes another fault has its remedy.
  return found === undefined || reason.includes(found[1]) ? nothing : line`; ${ownWords(found[1])}`
}

/** The remedies for error codes that the caller can act on. */
const remedies: ReadonlyMap<string, string> = new Map([
  ['KAFKA_STORAGE_ERROR', 'a disk of the broker has failed or is full, see its log'],
  ['INVALID_PARTITIONS', 'use at least one, and more than it has'],
  ['UNKNOWN_TOPIC_OR_PARTITION', 'create it, or check its name and ACLs'],
  ['INVALID_REPLICATION_FACTOR', 'use at most as many replicas as there are brokers'],
  ['INVALID_CONFIG', "use Kafka's names and values for the configuration"],
  ['INVALID_TOPIC_EXCEPTION', 'use 1 to 249 of the characters a-z, A-Z, 0-9, ., _ and -'],
  ['POLICY_VIOLATION', "the broker's administrator has set that rule"],
  ['GROUP_MAX_SIZE_REACHED', 'raise group.max.size at the broker, or start fewer members'],
  ['INVALID_TRANSACTION_TIMEOUT', 'stay within transaction.max.timeout.ms of the broker'],
  ['OFFSET_METADATA_TOO_LARGE', 'keep the metadata of an offset within offset.metadata.max.bytes of the broker'],
  ['UNSUPPORTED_COMPRESSION_TYPE', 'use another compression.type, or a newer broker']
])

const describeDecode = (fault: DecodeFault): Line => {
  const where = fault.place === undefined ? nothing : line` of ${offset(fault.place)}`
  const problems = (fault.problems ?? []).map(({ path, message }) => line`${path}: ${message}`)
  const more = (fault.totalProblems ?? 0) - problems.length
  const others = more > 0 ? line` and ${more} more` : nothing
  const listed = problems.length === 0 ? nothing : line`: ${joined(problems, '; ')}${others}`
  return line`the ${fault.part ?? 'bytes'}${where} cannot be decoded (${fault.stage}): ${fault.reason}${listed}`
}

const place = ({ topic, partition }: TopicPartition): Line => line`${topic}/${partition}`
const offset = (at: RecordPlace): Line => line`${place(at)} offset ${at.offset}`
const cause = (thrown: unknown): Line => (thrown === undefined ? nothing : line`: ${reasonOf(thrown)}`)
const nested = (fault: Fault): Line => ownWords(describeFault(fault))

const whatItNeeds = (api: string): string => {
  if (api.startsWith('Share')) return 'share groups need Kafka 4.2, or 4.1 with its preview of them'
  const needed = 'Kafka 2.8 and later is supported'
  return api === 'InitProducerId' ? `${needed}; without it, write with enable.idempotence: false` : needed
}
