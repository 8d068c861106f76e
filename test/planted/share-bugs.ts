import type { PlantedBug } from './planted-bugs.js'

const core = 'src/core/share'
const unit = (file: string, test: string): PlantedBug['caughtBy'] => ({ file: `test/unit/core/share/${file}.test.ts`, test }) // prettier-ignore
const behaviour = (test: string): PlantedBug['caughtBy'] => ({ file: 'test/unit/behaviour/share-consumer.test.ts', test }) // prettier-ignore

/** Of a share group's member. */
export const shareBugs: readonly PlantedBug[] = [
  {
    name: 'fetches for ever from a partition that was listed only for its acknowledgements',
    file: `${core}/share-session-handler.ts`,
    find: '      if (!wantedKeys.has(key) && !this.known.has(key)) forgotten.push({ topicId, partition })\n',
    plant: '',
    caughtBy: unit('share-session-handler', 'forgets a partition again')
  },
  {
    name: 'does not count the epochs of a share session',
    file: `${core}/share-session-handler.ts`,
    find: 'this.epoch === lastEpoch ? 1 : this.epoch + 1',
    plant: '1',
    caughtBy: unit('share-session-handler', 'counts its epochs')
  },
  {
    name: 'acknowledges to a broker that leads the partition no more',
    file: `${core}/share-fetching.ts`,
    find: "        this.answers.lose(batch, 'leader moved')\n",
    plant: '',
    caughtBy: unit('share-answers', 'loses the locks of a partition whose leader has moved')
  },
  {
    name: 'fetches ahead, however slow the handlers are',
    file: `${core}/fetch-pace.ts`,
    find: 'this.isLarge && locked <= rate * this.fetchMs',
    plant: 'this.isLarge && rate > 0',
    caughtBy: unit('share-fetching', 'waits until a slow handler has room')
  },
  {
    name: 'goes on when it is closed',
    file: `${core}/share-fetching.ts`,
    find: "    if (this.phase === 'closed') return []\n    for",
    plant: '    for',
    caughtBy: unit('share-answers', 'asks for nothing more once')
  },
  {
    name: 'counts acknowledgements without an answer as accepted',
    file: `${core}/share-answers.ts`,
    find: "() => ({ how: 'lost', fault })",
    plant: "() => ({ how: 'done', fault })",
    caughtBy: unit('share-answers', 'counts acknowledgements as lost whose request has no answer')
  },
  {
    name: 'counts acknowledgements as accepted that were under way when the group gave the member up',
    file: `${core}/share-answers.ts`,
    find: "() => ({ how: 'lost', fault })",
    plant: "() => ({ how: fault === null ? 'done' : 'lost', fault })",
    caughtBy: unit('share-answers', 'counts acknowledgements under way as lost')
  },
  {
    name: 'keeps the locks of a session that is over',
    file: `${core}/share-answers.ts`,
    find: '    for (const batch of node.batches) this.lose(batch, reason)\n    this.canStore(node)\n',
    plant: '    this.canStore(node)\n',
    caughtBy: unit('share-answers', 'opens another session at once')
  },
  {
    name: 'keeps a lock of a record that it has acquired anew',
    file: `${core}/share-answers.ts`,
    find: 'idKeyOf(former.place) === key && former.overlaps(batch)',
    plant: 'idKeyOf(former.place) === key && former.count === 0',
    caughtBy: unit('share-answers', 'loses the former lock of a record')
  },
  {
    name: 'gives up what was refused for the sake of one record',
    file: `${core}/share-answers.ts`,
    find: "verdict === 'invalid state' && node.refused.refused(key, those)",
    plant: 'false',
    caughtBy: unit('share-answers', 'sends what was refused for one record again')
  },
  {
    name: 'sends refused acknowledgements with those of the next part',
    file: `${core}/refused-acknowledgements.ts`,
    find: 'to: (records.at(-1) ?? middle) + 1',
    plant: 'to: batch.count',
    caughtBy: unit('refused-acknowledgements', 'finds the record that the others are refused for')
  },
  {
    name: 'halves for ever what is refused as a whole',
    file: `${core}/refused-acknowledgements.ts`,
    find: 'parts.length < 2 || known.refusals >= mostRefusals',
    plant: 'parts.length < 2',
    caughtBy: unit('refused-acknowledgements', 'gives up dividing')
  },
  {
    name: 'mixes new acknowledgements with refused ones',
    file: `${core}/share-node.ts`,
    find: ' && !this.refused.has(idKeyOf(batch.place))',
    plant: '',
    caughtBy: unit('share-node', 'lets the other acknowledgements of a partition wait')
  },
  {
    name: 'gives up acknowledgements that a broker could not store',
    file: `${core}/share-verdicts.ts`,
    find: "  COORDINATOR_NOT_AVAILABLE: 'later',",
    plant: "  COORDINATOR_NOT_AVAILABLE: 'failed',",
    caughtBy: unit('share-answers', 'sends again, after a while, what a broker could not store')
  },
  {
    name: 'asks without end when a broker cannot store the last acknowledgements',
    file: `${core}/share-fetching.ts`,
    find: '      if (now >= node.notBefore) this.acknowledgeAlone(node, now)\n      return\n',
    plant: '      this.acknowledgeAlone(node, now)\n      return\n',
    caughtBy: unit('share-answers', 'waits with what a broker cannot store when it is closed')
  },
  {
    name: 'waits for ever, by its status, for a partition that it reads again',
    file: `${core}/share-answers.ts`,
    find: '    this.isFetched(place)\n    if (fetched.acquired',
    plant: '    if (fetched.acquired',
    caughtBy: unit('share-answers', 'says when a partition can be fetched from again')
  },
  {
    name: 'reads a partition that was added only when it looks at metadata the next time',
    file: 'src/engine/share/open-share-session.ts',
    find: 'located.filter(({ leader }) => leader !== null).map(idKeyOf)',
    plant: 'located.map(idKeyOf)',
    caughtBy: { file: 'test/unit/behaviour/share-topics.test.ts', test: 'are read by a share group' }
  },
  {
    name: 'acknowledges a record twice',
    file: `${core}/acquired-batch.ts`,
    find: '    if (!this.isLocked(seq)) return false\n',
    plant: '',
    caughtBy: unit('acquired-batch', 'takes one acknowledgement of a record')
  },
  {
    name: 'counts on locks that have run out',
    file: `${core}/acquired-batch.ts`,
    find: 'deadline: from + lockMs,',
    plant: 'deadline: from + lockMs * 10,',
    caughtBy: unit('acquired-batch', 'renews what is not acknowledged')
  },
  {
    name: 'has two heartbeats of a share group under way',
    file: `${core}/share-membership.ts`,
    find: '        if (this.isActive && !this.underWay) this.beat()\n        break\n',
    plant: '        if (this.isActive) this.beat()\n        if (this.isActive) this.beat()\n        break\n',
    caughtBy: { file: 'test/properties/share-membership.test.ts', test: 'has one heartbeat under way' }
  },
  {
    name: 'waits for a pipeline that is over',
    file: 'src/sources/consumer/share/share-run.ts',
    find: "    else if (this.pipeline.isOver) this.leave('aborted')\n",
    plant: '',
    caughtBy: behaviour('ends at once when the pipeline is through')
  },
  {
    name: 'ends a drain though another pipeline of the subscription is busy',
    file: 'src/sources/consumer/share/share-pipeline-state.ts',
    find: 'this.held <= 0 && ',
    plant: '',
    caughtBy: behaviour('waits for a record that another pipeline')
  },
  {
    name: 'makes ids of members that Kafka 4.1 cannot read',
    file: 'src/core/group/consumer-protocol/random-id.ts',
    find: '{ length: 22 }',
    plant: '{ length: 21 }',
    caughtBy: { file: 'test/unit/core/group/consumer-protocol/random-id.test.ts', test: 'is a UUID as Kafka writes it' }
  },
  {
    name: 'lets the embedded broker keep the locks of a share session that is over',
    file: 'src/sources/memory/share-partition.ts',
    find: ".filter((state) => state.state === 'acquired' && isOver(state))",
    plant: ".filter((state) => state.state === 'acquired' && isOver(state) && state.deadline < 0)",
    caughtBy: behaviour('says so once, loses what takes longer')
  },
  {
    name: 'sends acknowledgements of overlapping batches out of order, which the broker refuses together',
    file: 'src/core/share/share-node.ts',
    find: '.sort((a, b) => (a.firstOffset < b.firstOffset ? -1 : 1))',
    plant: '.sort(() => 0)',
    caughtBy: {
      file: 'test/unit/core/share/share-node.test.ts',
      test: 'a released record has come back in a batch of its own'
    }
  }
]
