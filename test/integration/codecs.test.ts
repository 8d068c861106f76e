import { beforeAll, describe, expect, it } from 'vitest'
import { codecs, codecTopic, differences, recordsFor, weRead, weWrite } from '../support/codec-records.js'
import { consoleReads, javaReads, javaWrites } from '../support/java-records.js'
import { describeKafka } from '../support/kafka.js'
import { asKafkajsHasIt, kafkajsWrites } from '../support/kafkajs-records.js'

const compressed = (some: readonly string[]): readonly string[] => some.filter((codec) => codec !== 'none').sort()

describeKafka('with every codec', (brokers) => {
  describe('what we wrote', () => {
    const records = recordsFor(codecs)
    let topic = ''

    beforeAll(async () => {
      topic = await codecTopic(brokers)
      expect(await weWrite(brokers, topic), 'not confirmed').toBe(0)
    })

    it('is read by kafka-console-consumer', async () => {
      expect(differences(await consoleReads(brokers, topic, records.length), records)).toEqual([])
    })

    it('is read by Java’s client', async () => {
      expect(differences(await javaReads(brokers, topic), records)).toEqual([])
    })

    it('is read by ourselves, and was compressed as was asked for', async () => {
      const ours = await weRead(brokers, topic, records.length)
      expect(differences(ours.records, records)).toEqual([])
      expect(Object.keys(ours.batches).sort()).toEqual(compressed(codecs))
    })
  })

  it('we read what Java’s client wrote', async () => {
    const topic = await codecTopic(brokers)
    const records = recordsFor(codecs)
    await javaWrites(brokers, topic, codecs, records)
    const ours = await weRead(brokers, topic, records.length)
    expect(differences(ours.records, records)).toEqual([])
    expect(Object.keys(ours.batches).sort()).toEqual(compressed(codecs))
  })

  it('we read what kafkajs wrote, a batch of more than 5,000 records a codec', async () => {
    const topic = await codecTopic(brokers)
    const recordsOf = (codec: (typeof codecs)[number]) => recordsFor([codec]).map(asKafkajsHasIt)
    const records = codecs.flatMap(recordsOf)
    await kafkajsWrites(brokers, topic, codecs, recordsOf)
    const ours = await weRead(brokers, topic, records.length)
    expect(differences(ours.records, records)).toEqual([])
    expect(ours.batches).toEqual(Object.fromEntries(compressed(codecs).map((codec) => [codec, 1])))
  })
})
