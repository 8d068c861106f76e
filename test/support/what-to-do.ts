import type { ConsumerEvent } from '../../src/model/consumer-event.js'
import type { Fault } from '../../src/model/fault.js'

type Entries<Tag extends string> = Readonly<Record<Tag, readonly [happened: string, todo: string]>>

/** What happened, and what to do: an event without an entry does not compile. */
export const eventsToDo: Entries<ConsumerEvent['_tag']> = {
  starved: ['records are delivered, and nothing is ever acknowledged', 'end the pipeline with `commit()` or `ack()`'],
  unsettled: ['an operator has swallowed a record; the commit waits for it', 'use `filterRecords` instead of rxjs’s `filter`; see [rxjs’s operators](rxjs-operators.md)'], // prettier-ignore
  slow: ['no handler has come back for ten seconds', 'give handlers `timeoutMs`, or more `concurrency`'],
  stalled: ['nothing has moved for `max.poll.interval.ms`: the member leaves, and joins again when the handler is through', 'give handlers `timeoutMs`; raise the limit if they may take that long'], // prettier-ignore
  silent: ['nothing was heard of a partition, and no reason is known; it is asked for anew', 'report it'],
  'not subscribed': ['nobody has subscribed to the stream of a partition', 'use `eachPartition`'],
  'pipeline ended': ['a pipeline is over while its partition is still assigned: the partition stands', 'look for `take`, `first` and the like in the pipeline'], // prettier-ignore
  'pipeline failed': ['a pipeline has failed: the other partitions are drained, then the consumer stops', 'mend the cause; or restart the partition alone with `onError: { restart }`'], // prettier-ignore
  'pipeline restarting': [
    'a pipeline has failed and begins again at its first unsettled record',
    'mend the cause if it repeats'
  ],
  gap: ['offsets are missing in the log: compaction, or records of transactions that were aborted', 'nothing'],
  reset: ['the position was not in the log: `auto.offset.reset` was applied', 'if records were lost by retention, keep them longer, or use `offset.out.of.range: fail`'], // prettier-ignore
  truncated: [
    'an unclean leader election has cut the log',
    'switch `unclean.leader.election.enable` off for topics that matter'
  ],
  recreated: ['the topic was deleted and made again; it is read from its beginning', 'nothing, if that was meant'],
  'target recreated': [
    'a topic that the pipeline writes to was deleted and made again: what was written before is gone',
    'nothing, if that was meant; else write it again'
  ],
  'end reached': ['all of a partition is delivered (`enable.partition.eof`)', 'nothing'],
  'breaker opened': [
    'too many calls have failed: no more are made for a while, and records wait',
    'mend what is called'
  ],
  'breaker closed': ['calls are made again', 'nothing'],
  'group protocol': [
    'the brokers do not speak the protocol that was asked for; the member has joined by `classic`',
    'see [group protocols](group-protocols.md)'
  ],
  'locks lost': [
    'a share consumer has lost the locks of records, which are delivered again',
    'look at the reason; see [share groups](share-groups.md)'
  ],
  'locks not renewed': [
    'brokers before Kafka 4.2, and groups with `share.renew.acknowledge.enable=false`, do not renew locks',
    'keep handlers shorter than the lock, or raise `share.record.lock.duration.ms` of the group'
  ],
  skipped: [
    'a record failed and was skipped by `onFailure: skip`',
    'look at the fault; `deadLetter` keeps such records'
  ],
  released: ['a record of a share group failed and was given back by `onFailure: release`', 'look at the fault; the group’s limit of deliveries ends it'], // prettier-ignore
  rejected: ['a record of a share group failed and was given up by `onFailure: reject`', 'look at the fault; `deadLetter` keeps such records'], // prettier-ignore
  'dead lettered': [
    'a record failed and is in the dead letter topic',
    'look at it there; `replayDeadLetters` writes it back'
  ],
  parked: ['a record failed and waits aside with its key', 'nothing; watch how many there are'],
  'retried later': [
    'a record failed, or follows one that did, and waits in a retry topic',
    'nothing; watch how many there are'
  ],
  resumed: ['a parked record has succeeded', 'nothing'],
  'slow decode': ['`deserialize` took more than 250 ms for a record, and nothing else ran meanwhile', 'look for patterns that backtrack, or for huge records'], // prettier-ignore
  'torn line': [
    'the last line of a file was not whole (the process had died); it was put aside',
    'nothing: its record comes again'
  ],
  unreadable: ['the log cannot be read at an offset; the partition stands, others go on', 'look at the fault; `seek` beyond it gives the records up'], // prettier-ignore
  reconnecting: [
    'a broker cannot be reached',
    'look at the broker and the network; `npx ackstream doctor` says which step fails'
  ],
  throttled: ['a broker wants to be left alone (quota)', 'raise the quota, or use fewer and larger requests'],
  waiting: ['a topic or a group is not ready', 'look at the reason'],
  joining: [
    'the group waits for other members, for one that has gone without a word until its session is over',
    'let members drain when they stop'
  ],
  recovered: ['what was waited for is there', 'nothing'],
  fenced: ['another member has this one’s `group.instance.id`, or another producer its `transactional.id`', 'give each process an id of its own'], // prettier-ignore
  'no partitions': ['the group has more members than partitions', 'run fewer members, or add partitions'],
  stopped: ['the consumer has stopped by an error', 'look at the cause']
}

/** The same of faults. */
export const faultsToDo: Entries<Fault['_tag']> = {
  ConfigFault: ['something that was given is wrong; all of it is listed', 'mend what it names'],
  ConnectionFault: [
    'a connection could not be made, or broke',
    'it is tried again; `npx ackstream doctor` says which step fails'
  ],
  FrameFault: [
    'what came is no answer of Kafka’s',
    'look at the port and at `security.protocol`: most often TLS is spoken on one side only'
  ],
  AuthenticationFault: [
    'the broker refused the credentials or the certificate, in its words',
    'mend them; it ends the consumer'
  ],
  AuthorizationFault: ['an ACL is missing', 'grant what it names'],
  UnsupportedVersionFault: ['a broker is too old for a request', 'see [Kafka’s versions](kafka-versions.md)'],
  BrokerFault: ['another error of Kafka’s, by its name', 'look the name up in Kafka’s documentation'],
  UnknownTopicFault: ['there is no such topic', 'create it: topics are never created by asking for them'],
  UnknownPartitionFault: ['the topic has no such partition', 'look at the partition’s number'],
  GroupProtocolFault: [
    'the members of the group have no protocol in common',
    'move them one by one, with both in `partition.assignment.strategy`'
  ],
  AssignmentFault: ['what the leader gave cannot be read', 'look at the other members’ client and version'],
  FencedFault: ['another has this identity', 'give each process an id of its own'],
  MembershipLostFault: [
    'the coordinator does not know the member any more',
    'nothing: it joins again. If it repeats, handlers block the process'
  ],
  NoOffsetFault: ['no offset is committed, and `auto.offset.reset` is `none`', 'commit one, or choose where to begin'],
  OffsetOutOfRangeFault: [
    'the position is not in the log any more',
    'seek to where it may go on; its bounds are in the fault'
  ],
  LogTruncationFault: ['the log was cut below the position', 'see the event `truncated`'],
  TopicRecreatedFault: ['the topic was made again', 'see the event `recreated`'],
  StartFromFault: ['`startFrom` threw, or gave no position', 'mend it'],
  AssignorFault: ['an assignor of your own threw, or gave what is no assignment', 'mend it'],
  UnreachableFault: ['brokers were tried in vain for `unreachable.timeout.ms`', 'look at brokers and network'],
  CorruptBatchFault: [
    'a batch does not have the checksum that it says',
    'it is fetched again; if it repeats, look at the broker’s disk'
  ],
  OversizedBatchFault: ['a batch is larger than `max.decompressed.bytes`', 'raise it, or `seek` beyond the batch'],
  CodecMissingFault: ['a package is missing that a compression needs', 'install what it names'],
  DecodeFault: [
    'a key or value is not what its codec takes; paths are listed',
    'use `deadLetter` or `skip`, and tell the writer'
  ],
  HandlerFault: ['a handler threw, rejected, gave a Left or took too long', 'see [when a record fails](failures.md)'],
  PredecessorFailedFault: ['a record of the same key before it has failed', 'see [when a record fails](failures.md)'],
  ProduceFault: [
    'a record was not confirmed; it says why, whether for good, and whether it may have been written',
    'act by `trouble`'
  ],
  ReplayRefusedFault: ['a dead letter may not be replayed there', 'list its topic in `to`, or raise the limit'],
  SinkFault: ['a store has refused what was written', 'see [a sink of your own](your-own-sink.md)'],
  TimeoutFault: ['an answer did not come in time; the broker may have done it nevertheless', 'try again'],
  ClosedFault: ['it was closed already', 'look at who closes it'],
  UsageFault: ['something was called where it cannot be', 'do what it says'],
  OffsetRefusedFault: ['an offset lies beyond what was delivered', 'use `seek` to go there'],
  CommitFault: [
    'commits have failed for `commit.timeout.ms`',
    'look at the coordinator; what was handled since comes again'
  ]
}
