import { describe, expect, it } from 'vitest'
import { assignors } from '../../../../../src/core/group/assignors/assignors.js'

describe('assignors', () => {
  it('are found by their own names, which are the ones that Java offers a group, and kafkajs’s', () => {
    expect(Object.entries(assignors).map(([name, assignor]) => [name, assignor.name, assignor.protocol])).toEqual([
      ['range', 'range', 'eager'],
      ['roundrobin', 'roundrobin', 'eager'],
      ['sticky', 'sticky', 'eager'],
      ['cooperative-sticky', 'cooperative-sticky', 'cooperative'],
      ['RoundRobinAssigner', 'RoundRobinAssigner', 'eager']
    ])
  })

  it('send user data only if they are sticky', () => {
    expect(Object.values(assignors).filter((assignor) => assignor.userData !== undefined)).toEqual([
      assignors.sticky,
      assignors['cooperative-sticky']
    ])
  })
})
