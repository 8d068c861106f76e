import { describe, expect, it } from 'vitest'
import { ConsumerMembershipTrial as Trial, ids, places } from '../../../../support/consumer-membership-trial.js'

describe('a member whose topic is made again', () => {
  it('gives up what it has of a topic when another has taken its name, and commits nothing for it: others may have that one', () => {
    const trial = new Trial().joined(3, 0, 1)
    trial.tell({ _tag: 'topic recreated', names: new Map([['T2', 't']]) })
    expect(trial.take('revoking')).toMatchObject([{ partitions: places('t', 0, 1) }])
    trial.tell({ _tag: 'topics learned', names: new Map([['T2', 't']]) })
    expect(trial.take('revoking')).toEqual([])
    expect(places('t', 0, 1).map((place) => trial.machine.ownershipOf(place))).toEqual([null, null])
    trial.tell({ _tag: 'heartbeat due' })
    expect(trial.said()).toMatchObject([{ owned: null }])
    trial.answer({ memberEpoch: 4, assignment: ids('T2', 0, 2) })
    expect(trial.take('assigned')).toMatchObject([{ gained: places('t', 2), kept: [] }])
    trial.tell({ _tag: 'released', partitions: places('t', 0, 1) })
    expect(trial.take('assigned')).toMatchObject([{ gained: places('t', 0), kept: places('t', 2) }])
    expect(trial.said()).toMatchObject([{ owned: ids('T2', 0, 2).toReversed() }])
    expect(trial.machine.ownershipOf({ topic: 't', partition: 0 })).not.toBeNull()
  })

  it('gains nothing of a topic that was made again before it has given up what it had of the former one', () => {
    const trial = new Trial().joined(3, 0)
    trial.tell({ _tag: 'heartbeat due' })
    trial.answer({ memberEpoch: 4, assignment: [...ids('T', 0), ...ids('T2', 1)] })
    trial.take('assigned')
    trial.tell({ _tag: 'topic recreated', names: new Map([['T2', 't']]) })
    expect([trial.take('assigned').length, trial.take('revoking').length]).toEqual([0, 1])
    trial.tell({ _tag: 'topics learned', names: new Map([['T2', 't']]) })
    expect(trial.take('assigned')).toMatchObject([{ gained: places('t', 1), kept: [] }])
  })

  it('does not take a partition of a topic for one of another that has taken its name', () => {
    const trial = new Trial().joined(3)
    trial.tell({ _tag: 'topics learned', names: new Map([['T2', 't']]) })
    trial.tell({ _tag: 'heartbeat due' })
    trial.answer({ memberEpoch: 4, assignment: ids('T', 0) })
    expect(trial.take('assigned')).toMatchObject([{ gained: [] }])
    expect(trial.machine.held).toEqual([])
  })

  it('does not take back what it has given up at once, though it was not told of another assignment yet', () => {
    const trial = new Trial().joined(3, 0, 1)
    trial.tell({ _tag: 'topic recreated', names: new Map([['T2', 't']]) })
    trial.tell({ _tag: 'released', partitions: places('t', 0, 1) })
    trial.tell({ _tag: 'topics learned', names: new Map([['T2', 't']]) })
    expect([trial.take('assigned'), trial.machine.held]).toEqual([[], []])
  })

  it('has an assignment of two topics that had one name, and reads the one that has it', () => {
    const trial = new Trial().joined(3, 0)
    trial.tell({ _tag: 'heartbeat due' })
    trial.answer({ memberEpoch: 4, assignment: [...ids('T', 0), ...ids('T2', 0)] })
    trial.take('assigned')
    trial.tell({ _tag: 'topics learned', names: new Map([['T2', 't']]) })
    expect(trial.take('revoking')).toMatchObject([{ partitions: places('t', 0) }])
    expect(trial.take('assigned')).toEqual([])
    trial.tell({ _tag: 'released', partitions: places('t', 0) })
    expect(trial.take('assigned')).toMatchObject([{ gained: places('t', 0) }])
  })
})
