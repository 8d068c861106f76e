import { describe, expect, it } from 'vitest'
import { TopicIds } from '../../../../src/core/fetching/topic-ids.js'

describe('TopicIds', () => {
  it('tells a topic that came back under its name from one that is described by a broker that lags behind', () => {
    const ids = new TopicIds()
    expect([ids.learn('t', 'first'), ids.learn('t', 'first')]).toEqual(['the same', 'the same'])
    ids.left('t')
    expect(ids.of('t')).toBe('first')
    expect([ids.learn('t', 'second'), ids.learn('t', 'first'), ids.of('t')]).toEqual([
      'recreated',
      'a former one',
      'second'
    ])
  })

  it('keeps the ids of topics that come and go for a while only', () => {
    const ids = new TopicIds()
    ids.learn('stays', 'its own')
    for (let day = 0; day < 25_000; day++) {
      ids.learn(`day ${String(day)}`, `id ${String(day)}`)
      ids.left(`day ${String(day)}`)
    }
    expect(ids.names.size).toBe(10_001)
    expect([ids.of('stays'), ids.of('day 24999'), ids.of('day 0')]).toEqual(['its own', 'id 24999', null])
  })

  it('does not forget the id of a topic that has come back', () => {
    const ids = new TopicIds()
    ids.learn('t', 'id')
    ids.left('t')
    ids.learn('t', 'id')
    for (let other = 0; other < 12_000; other++) {
      ids.learn(String(other), `id ${String(other)}`)
      ids.left(String(other))
    }
    expect(ids.of('t')).toBe('id')
  })
})
