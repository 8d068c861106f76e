import { expect, it } from 'vitest'
import { codecs, codecTopic, differences, recordsFor, weRead, weWrite } from '../support/codec-records.js'
import { describeBesideLibrdkafka } from '../support/librdkafka.js'

describeBesideLibrdkafka('with every codec', (brokers, librdkafka) => {
  it('librdkafka reads what we wrote', async () => {
    const topic = await codecTopic(brokers)
    expect(await weWrite(brokers, topic), 'not confirmed').toBe(0)
    expect(differences(await librdkafka.read(topic), recordsFor(codecs))).toEqual([])
  })

  it('we read what librdkafka wrote', async () => {
    const topic = await codecTopic(brokers)
    const records = recordsFor(codecs)
    await librdkafka.write(topic, codecs, records)
    const ours = await weRead(brokers, topic, records.length)
    expect(differences(ours.records, records)).toEqual([])
    expect(Object.keys(ours.batches).sort()).toEqual(codecs.filter((codec) => codec !== 'none').sort())
  })
})
