import { ClassicMembers } from '../../src/sources/memory/classic-members.js'
import { ConsumerGroupCoordinator } from '../../src/sources/memory/consumer-group-coordinator.js'
import { ConsumerGroup } from '../../src/sources/memory/consumer-group.js'
import type { ConvertedGroup } from '../../src/sources/memory/converted-group.js'
import type { Mutant } from './mutants.js'
import { patchMethod } from './patch.js'

/** Bugs of groups that go over to the other protocol, which schedules have to show. */
export const upgradeMutants: readonly Mutant[] = [
  {
    name: 'a coordinator that forgets what the members of a group have when it converts it',
    caughtBy: 'a partition has one owner among members that are not fenced',
    plant: () => [
      patchMethod<unknown, [ConvertedGroup], unknown>(
        ConsumerGroupCoordinator,
        'takeOver',
        (_group, original, { generation, members }) => {
          original({ generation, members: members.map((member) => ({ ...member, assigned: [] })) })
        }
      )
    ]
  },
  {
    name: 'a coordinator that assigns what another member has not given up yet',
    caughtBy: 'a partition has one owner among members that are not fenced',
    plant: () => [patchMethod(ConsumerGroup, 'isHeld', () => false)]
  },
  {
    name: 'a coordinator that does not tell classic members to join again',
    caughtBy: 'the group comes to rest once nothing disturbs it',
    plant: () => [patchMethod(ClassicMembers, 'heartbeat', () => 0)]
  }
]
