import { describe, expect, it } from 'vitest'
import { commit, deserialize, eachPartition, produceTo, utf8, type ProducerRecord } from '../../../src/index.js'
import { marbles, type Pipeline, type Scenario } from '../../../src/testing.js'

/** Writes the value in capitals, and what else is given. */
const copying =
  (more: (value: string) => Partial<ProducerRecord>): Pipeline =>
  (orders, { cluster }) =>
    orders.pipe(
      eachPartition((partition) =>
        partition.pipe(
          deserialize({ value: utf8 }),
          produceTo(cluster, {
            topic: 'copies',
            properties: { 'linger.ms': 0 },
            record: ({ value }) => ({ value: value.toUpperCase(), ...more(value) })
          }),
          commit({ every: 1 })
        )
      )
    )

const play = (pipeline: Pipeline, more: Partial<Scenario>): Promise<void> =>
  marbles(({ cluster }) => {
    cluster('orders/0       ab--\none            ^---\nwrites copies  AB--', {
      pipeline,
      topics: { copies: 3 },
      values: { A: 'A', B: 'B' },
      ...more
    })
  })()

const keyed = copying((value) => ({ key: value === 'a' ? 'anna' : 'bert' }))

describe('what `written` says of a record', () => {
  it('is compared: its key', async () => {
    await play(keyed, { written: { A: { key: 'anna' }, B: { key: 'bert' } } })
    const trial = play(keyed, { written: { A: { key: 'anna' }, B: { key: 'anna' } } })
    await expect(trial).rejects.toThrow('“writes copies” at 1 ms: “?”, where “B” was expected')
    await expect(trial).rejects.toThrow('key is "bert", where "anna" was expected')
  })

  it('is compared: that there is none', async () => {
    await play(
      copying(() => ({})),
      { written: { A: { key: null } } }
    )
    await expect(play(keyed, { written: { A: { key: null } } })).rejects.toThrow(
      'key is "anna", where null was expected'
    )
  })

  it('is compared: its partition, also where a key has chosen it', async () => {
    const second = copying(() => ({ partition: 1 }))
    await play(second, { written: { A: { partition: 1 } } })
    await expect(play(second, { written: { B: { partition: 2 } } })).rejects.toThrow(
      'partition is 1, where 2 was expected'
    )
    await expect(play(keyed, { written: { A: { partition: 7 } } })).rejects.toThrow('where 7 was expected')
  })

  it('is compared: headers, of which others may be there', async () => {
    const traced = copying(() => ({
      headers: [
        { name: 'source', value: 'shop' },
        { name: 'more', value: null }
      ]
    }))
    await play(traced, { written: { A: { headers: { source: 'shop' } } } })
    await expect(play(traced, { written: { A: { headers: { source: 'web' } } } })).rejects.toThrow(
      'header source is "shop", where "web" was expected'
    )
    await expect(play(traced, { written: { A: { headers: { trace: '1' } } } })).rejects.toThrow(
      'header trace is not there, where "1" was expected'
    )
  })

  it('is of a letter that a line shows', () =>
    expect(play(keyed, { written: { C: { key: 'anna' } } })).rejects.toThrow(
      '`written` says how “C” is written, and no line “writes …” shows it'
    ))

  it('has no other parts', () =>
    expect(play(keyed, { written: { A: { kye: 'anna' } as { key?: string } } })).rejects.toThrow('written.A.kye'))
})

describe('a ? that is expected', () => {
  it('is no way to have any value', async () => {
    const wrong = { values: { A: 'a' }, pipeline: keyed }
    await expect(
      marbles(({ cluster }) => {
        cluster('orders/0       a--\none            ^--\nwrites copies  ?--'.replace('?', 'A'), wrong)
      })()
    ).rejects.toThrow('“?”, where “A” was expected')
    await expect(
      marbles(({ cluster }) => {
        cluster('orders/0       ab-\none            ^--\nwrites copies  ?A-', { ...wrong, values: { A: 'B' } })
      })()
    ).rejects.toThrow('The diagram has ? for it, which is any value but the right one')
  })
})
