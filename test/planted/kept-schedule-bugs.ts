import type { PlantedBug } from './planted-bugs.js'

const caughtBy = (test: string): PlantedBug['caughtBy'] => ({ file: 'test/properties/kept-schedules.test.ts', test })

/** Bugs that seeded schedules have found: what is kept of these has to find them again. */
export const keptScheduleBugs: readonly PlantedBug[] = [
  {
    name: 'sends a commit that was held back though the partition was sought elsewhere meanwhile',
    file: 'src/engine/open-session.ts',
    find: 'if (!isCurrent(offset)) ownerships.delete(offset)',
    plant: 'if (!isCurrent(offset)) ownerships.get(offset)',
    caughtBy: caughtBy('held-back-commits')
  },
  {
    name: 'drains without storing what lies behind an offset that was set back while it drained',
    file: 'src/core/partition/partition-lifecycle.ts',
    find: 'if (this.commits.isSetBack && !this.commits.isComplete) this.commit()',
    plant: 'if (this.commits.isSetBack && this.commits.isComplete) this.commit()',
    caughtBy: caughtBy('set-back-commits')
  },
  {
    name: 'takes an offset that was set back twice for one that was not',
    file: 'src/core/committing/uncommitted-offsets.ts',
    find: '    this.last = offset\n    if (this.highest === null || offset > this.highest) this.highest = offset\n',
    plant: '    this.highest = this.last\n    this.last = offset\n',
    caughtBy: {
      file: 'test/unit/core/committing/uncommitted-offsets.test.ts',
      test: 'are set back still by a second commit'
    }
  },
  {
    name: 'sends the rest of a commit whose first part was refused',
    file: 'src/engine/offsets/send-offsets.ts',
    find: 'refusal === null && isHeld(offset)',
    plant: 'isHeld(offset)',
    caughtBy: { file: 'test/unit/engine/offsets/send-offsets.test.ts', test: 'once the group has refused the member' }
  },
  {
    name: 'sends the rest of a commit though the partition was given up meanwhile',
    file: 'src/engine/offsets/send-offsets.ts',
    find: 'refusal === null && isHeld(offset)',
    plant: 'refusal === null',
    caughtBy: { file: 'test/unit/engine/offsets/send-offsets.test.ts', test: 'leaves out what was given up meanwhile' }
  },
  {
    name: 'sends the rest of a commit though the partition was sought elsewhere meanwhile',
    file: 'src/engine/offsets/send-offsets.ts',
    find: 'const current = rest.filter(isCurrent)',
    plant: 'const current = rest',
    caughtBy: caughtBy('commits-in-parts')
  },
  {
    name: 'takes the refusal of its former id for one of its present id',
    file: 'src/engine/offsets/commit-offsets.ts',
    find: 'if (group.member.memberId === member.memberId) ',
    plant: '',
    caughtBy: caughtBy('fenced-by-itself')
  },
  {
    name: 'commits what it has read of a topic that is gone',
    file: 'src/engine/offsets/commit-offsets.ts',
    find: 'const gone = offsets.filter(({ topic }) => context.metadata.isGone(topic)).map(ofNoTopic)',
    plant: 'const gone = offsets.slice(0, 0).map(ofNoTopic)',
    caughtBy: caughtBy('recreated-topics')
  },
  {
    name: 'stores the beginning of a topic that was made again only with the next commit',
    file: 'src/sources/consumer/assigned-partitions.ts',
    find: "partition.handle({ _tag: 'moved', offset: 0n, leaderEpoch: -1, startCommit: 'at once' })",
    plant: "partition.handle({ _tag: 'moved', offset: 0n, leaderEpoch: -1, store: 'never' })",
    caughtBy: { file: 'test/unit/sources/consumer/recreated-topic.test.ts', test: 'has its beginning stored at once' }
  },
  {
    name: 'takes the answer to what it said before for one to what it says now',
    file: 'src/core/group/membership.ts',
    find: "    if (this.outdated === 'topics') this.outdated = false\n",
    plant: '    this.outdated = false\n',
    caughtBy: caughtBy('resubscribed-while-joining')
  }
]
