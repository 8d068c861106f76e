import { afterEach, describe, expect, it, vi } from 'vitest'
import { commit, deserialize, eachPartition, produceTo, utf8, type ProducerRecord } from '../../../src/index.js'
import { marbles, type Pipeline, type Scenario } from '../../../src/testing.js'

/** Writes the value in capitals, and what else is given. */
const copying =
  (
    more: (value: string) => Partial<ProducerRecord>,
    { acks = 'all' }: { readonly acks?: 0 | 1 | 'all' } = {}
  ): Pipeline =>
  (orders, { cluster }) =>
    orders.pipe(
      eachPartition((partition) =>
        partition.pipe(
          deserialize({ value: utf8 }),
          produceTo(cluster, {
            topic: 'copies',
            acks,
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

  it('is compared: the timestamp that the pipeline sets', async () => {
    const timed = copying(() => ({ timestamp: 5 }))
    await play(timed, { written: { A: { timestamp: 5 }, B: { timestamp: new Date(5) } } })
    await expect(play(timed, { written: { A: { timestamp: new Date(6) } } })).rejects.toThrow(
      '“writes copies”: A was written otherwise\n  timestamp is 5, where 6 was expected'
    )
    await expect(play(keyed, { written: { A: { timestamp: 6 } } })).rejects.toThrow(
      'timestamp is that of writing, where 6 was expected'
    )
  })

  it('is compared: what its producer waits for', async () => {
    const careless = copying(() => ({}), { acks: 1 })
    await play(careless, { written: { A: { acks: 1 } } })
    await expect(play(careless, { written: { A: { acks: 'all' } } })).rejects.toThrow(
      'acks is 1, where "all" was expected'
    )
    await play(keyed, { written: { A: { acks: 'all' } } })
  })

  it('is of a letter that a line shows', () =>
    expect(play(keyed, { written: { C: { key: 'anna' } } })).rejects.toThrow(
      '`written` says how “C” is written, and no line “writes …” shows it'
    ))

  it('has no other parts', () =>
    expect(play(keyed, { written: { A: { kye: 'anna' } as { key?: string } } })).rejects.toThrow('written.A.kye'))
})

describe('what `written` says nothing of', () => {
  afterEach(() => {
    vi.restoreAllMocks()
  })

  const warningsOf = async (pipeline: Pipeline, more: Partial<Scenario> = {}): Promise<readonly string[]> => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    await play(pipeline, more)
    return warn.mock.calls.map(([text]) => String(text))
  }

  it('is told, with the entries that would compare it', async () => {
    const full = copying(
      (value) => ({
        key: value === 'a' ? 'anna' : 'bert',
        partition: 1,
        timestamp: 5,
        headers: [{ name: 'source', value: 'shop' }]
      }),
      { acks: 1 }
    )
    expect(await warningsOf(full)).toEqual([
      "keys, partitions, headers, timestamps, `acks` of the records in “writes copies” were not compared. What was written is written: { A: { key: 'anna', partition: 1, headers: { source: 'shop' }, timestamp: 5, acks: 1 }, B: { key: 'bert', partition: 1, headers: { source: 'shop' }, timestamp: 5, acks: 1 } }. Say in `written` what is right; {} for a letter says that they do not matter"
    ])
  })

  it('is told of a key that is missing, and of a letter without an entry', async () => {
    expect(
      await warningsOf(
        copying(() => ({})),
        { written: { A: { key: null } } }
      )
    ).toEqual([
      expect.stringContaining(
        'keys of the records in “writes copies” were not compared. What was written is written: { B: { key: null } }'
      )
    ])
  })

  it('is told of nothing that the letter shows, or that does not matter', async () => {
    expect(await warningsOf(copying((value) => ({ key: value.toUpperCase() })))).toEqual([])
    expect(await warningsOf(keyed, { written: { A: {}, B: {} } })).toEqual([])
  })
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
