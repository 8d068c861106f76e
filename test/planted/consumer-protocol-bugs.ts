import type { PlantedBug } from './planted-bugs.js'

const folder = 'src/core/group/consumer-protocol'
const membership = `${folder}/consumer-membership.ts`
const caughtBy = (test: string): PlantedBug['caughtBy'] => ({
  file: 'test/unit/core/group/consumer-protocol/consumer-membership.test.ts',
  test
})

const ofNames = (test: string): PlantedBug['caughtBy'] => ({
  file: 'test/unit/core/group/consumer-protocol/consumer-member-state.test.ts',
  test
})

/** Of a member by the consumer protocol. */
export const consumerProtocolBugs: readonly PlantedBug[] = [
  {
    name: 'tells its group of the shorter list before it has drained',
    file: `${folder}/sent-fields.ts`,
    find: '(!isDraining && isNew(',
    plant: '(isNew(',
    caughtBy: caughtBy('says nothing of what it owns while it drains')
  },
  {
    name: 'says after a lost answer only what has changed',
    file: membership,
    find: '    // The group may have accepted the member nevertheless, and may have assigned partitions to it.\n    this.heartbeats.forget()\n',
    plant: '',
    caughtBy: caughtBy('says everything after an answer that was lost')
  },
  {
    name: 'joins again under the id that its group does not know',
    file: membership,
    find: "    if (isJoining || reason === 'unknown member') this.me.id",
    plant: '    if (isJoining) this.me.id',
    caughtBy: caughtBy('unknown to its group it joins under another id')
  },
  {
    name: 'takes another id when it is fenced, and leaves its partitions to nobody',
    file: membership,
    find: "    if (isJoining || reason === 'unknown member') this.me.id",
    plant: '    if (reason.length > 0) this.me.id',
    caughtBy: caughtBy('unknown to its group it joins under another id')
  },
  {
    name: 'tries to join for ever under an id that is fenced',
    file: membership,
    find: "    if (isJoining && reason === 'generation over') this.leave(memberEpoch.leave)\n    if (isJoining || ",
    plant: '    if (',
    caughtBy: caughtBy('fenced when it joins anew')
  },
  {
    name: 'keeps what its group has fenced it from',
    file: membership,
    find: '    this.emit(...this.reconciliation.lose(reason))\n',
    plant: '',
    caughtBy: caughtBy('unknown to its group it joins under another id')
  },
  {
    name: 'does not own partitions of topics that it does not know',
    file: `${folder}/identified-partitions.ts`,
    find: 'return [...held, ...this.target.unresolved]',
    plant: 'return held',
    caughtBy: caughtBy('owns partitions of topics that it does not know yet')
  },
  {
    name: 'waits in silence for topics whose ids the metadata does not have',
    file: 'src/engine/topic-look-ups.ts',
    find: 'if (this.withoutSuccess > 0) this.report',
    plant: 'if (this.withoutSuccess > 99) this.report',
    caughtBy: {
      file: 'test/unit/behaviour/share-topics.test.ts',
      test: 'is a wait of a member of a consumer group, until it has them'
    }
  },
  {
    name: 'never looks up what an id means',
    file: `${folder}/reconciliation.ts`,
    find: "this.partitions.unknownTopic === null ? [] : [{ _tag: 'look up topics' }]",
    plant: '[]',
    caughtBy: caughtBy('owns partitions of topics that it does not know yet')
  },
  {
    name: 'takes an interval of 0',
    file: `${folder}/heartbeat-pace.ts`,
    find: 'if (intervalMs > 0) this.intervalMs',
    plant: 'if (intervalMs >= 0) this.intervalMs',
    caughtBy: caughtBy('takes no interval of 0 or less')
  },
  {
    name: 'reads on for ever when it is cut off',
    file: membership,
    find: "      this.loseAndRejoin('session expired', now)\n      return\n",
    plant: '      return\n',
    caughtBy: caughtBy('cut off from its group')
  },
  {
    name: 'gives everything up when its process did not run',
    file: `${folder}/heartbeat-pace.ts`,
    find: 'if (-leftMs < this.intervalMs || now >= surelyOver)',
    plant: 'if (leftMs <= 0)',
    caughtBy: caughtBy('that did not run for longer than nine short intervals')
  },
  {
    name: 'lets its assumed session pass between two heartbeats',
    file: `${folder}/heartbeat-pace.ts`,
    find: 'Math.min(this.intervalMs, defaultSessionMs / leastOfSession)',
    plant: 'this.intervalMs',
    caughtBy: caughtBy('sends heartbeats more often than the brokers ask for')
  },
  {
    name: 'goes on with a topic that has taken the name of the one it was assigned',
    file: `${folder}/target-assignment.ts`,
    find: '      if (former !== undefined && former !== id) this.names.delete(former)\n',
    plant: '',
    caughtBy: ofNames('does not take a partition of a topic for one of another')
  },
  {
    name: 'commits for a topic that it was not assigned',
    file: `${folder}/identified-partitions.ts`,
    find: 'return id?.topicId === this.target.idOf(partition.topic) ? ',
    plant: 'return id !== undefined ? ',
    caughtBy: ofNames('gives up what it has of a topic when another has taken its name')
  },
  {
    name: 'takes back at once what it has given up of a topic that was made again',
    file: `${folder}/identified-partitions.ts`,
    find: '    this.ownedPartitions.unassign(former)\n',
    plant: '',
    caughtBy: ofNames('does not take back what it has given up at once')
  },
  {
    name: 'gains partitions of a topic that was made again before it is told of that',
    file: membership,
    find: 'this.recreated(event.names, now)',
    plant: 'this.learned(event.names, now)',
    caughtBy: ofNames('gains nothing of a topic that was made again before')
  },
  {
    name: 'refuses a short max.poll.interval.ms for a session that the brokers set',
    file: 'src/config/consumer-config.ts',
    find: "config['group.protocol'] === 'classic' ? checkLess",
    plant: "config['group.protocol'] !== null ? checkLess",
    caughtBy: {
      file: 'test/unit/config/consumer-config.test.ts',
      test: 'is not held against a session that the brokers set'
    }
  },
  {
    name: 'waits without end for a static member that is there',
    file: membership,
    find: 'now - this.unreleasedSince >= unreleasedForMs',
    plant: 'now - this.unreleasedSince < 0',
    caughtBy: caughtBy('a static member whose instance is another')
  },
  {
    name: 'leaves before what it holds is drained',
    file: membership,
    find: '    if (!this.ownedPartitions.isEmpty || (this.current',
    plant: '    if ((this.current',
    caughtBy: caughtBy('stays out of the group only once it has given up')
  },
  {
    name: 'takes an epoch that is lower',
    file: membership,
    find: 'answer.memberEpoch > this.me.epoch',
    plant: 'answer.memberEpoch !== this.me.epoch',
    caughtBy: caughtBy('takes no epoch that is lower')
  },
  {
    name: 'joins by classic where its group cannot be converted',
    file: `${folder}/heartbeat-verdict.ts`,
    find: 'isJoining && answer.message === null ?',
    plant: 'isJoining ?',
    caughtBy: caughtBy('says that brokers do not speak the protocol')
  },
  {
    name: 'asks for nothing when its commit is stale',
    file: membership,
    find: "verdict === 'epoch changed') this.requestEpoch()",
    plant: "verdict === 'epoch changed') return",
    caughtBy: caughtBy('a commit that was refused as stale')
  },
  {
    name: 'goes on with what it was not assigned while it stayed out',
    file: membership,
    find: "    this.suspended = 'until it has left'\n",
    plant: '    if (this.current === "member") { this.suspended = false; return }\n',
    caughtBy: caughtBy('wanted back before it has left')
  }
]
