import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { describe, expect, inject, it } from 'vitest'
import { kafkaJars } from '../../scripts/kafka-cluster.mjs'
import { ack, deserialize, handle, producer, shareConsumer, subscribe, utf8 } from '../../src/index.js'
import { kafka } from '../../src/kafka.js'
import { until } from '../support/collect.js'
import { describeBesideJava } from '../support/java-members.js'
import { toolPrints } from '../support/java-records.js'
import { uniqueName } from '../support/kafka.js'
import { sharesOf } from '../support/shares-of.js'

const program = fileURLToPath(new URL('../support/java/JavaShareMember.java', import.meta.url))
const shareCommand = 'org.apache.kafka.tools.consumer.group.ShareGroupCommand'
const brokers = inject('kafkaBrokers')
/** Java's client of 4.1 has a preview too, which was not tried. */
const isShared = (await sharesOf(brokers)) === 'renewing'

interface JavaShareMember {
  /** `accepted` or `released`, partition, offset and delivery count */
  readonly lines: readonly string[]
  readonly stop: () => Promise<void>
}

const javaShareMember = (topic: string): JavaShareMember => {
  const flags = ['-Xmx128m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1']
  const libs = kafkaJars(process.env['KAFKA_VERSION'] ?? '4.1.0')
  const jvm = spawn('java', [...flags, '-cp', `${libs}/*`, program, brokers ?? '', topic, topic], { stdio: 'pipe' })
  const lines: string[] = []
  let complaints = ''
  jvm.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()))
  jvm.stdin.on('error', () => undefined)
  createInterface({ input: jvm.stdout }).on('line', (line) => lines.push(line))
  const exited = once(jvm, 'close')
  return {
    lines,
    stop: async () => {
      jvm.stdin.write('stop\n')
      await exited
      if (jvm.exitCode !== 0) throw new Error(`the Java member failed: ${complaints}`)
    }
  }
}

const placesOf = (lines: readonly string[]): readonly string[] =>
  lines.filter((line) => line.startsWith('accepted ')).map((line) => line.split(' ').slice(1, 3).join('/'))

describe.skipIf(!isShared)('share groups', () => {
  describeBesideJava('a share group with Kafka’s own KafkaShareConsumer and ours', () => {
    it('handles each record once, gives each other what one releases, and is shown by Kafka’s tool as by ours', async () => {
      const cluster = kafka({ 'bootstrap.servers': brokers ?? '' })
      await using admin = cluster.admin()
      const topic = uniqueName('share-java')
      await admin.createTopics([{ topic, partitions: 3 }])
      await admin.alterConfigs([{ type: 'group', name: topic, set: { 'share.auto.offset.reset': 'earliest' } }])
      const theirs = javaShareMember(topic)
      const jobs = shareConsumer(cluster, {
        'group.id': topic,
        subscription: subscribe(topic),
        'share.acquire.mode': 'record_limit',
        'max.poll.records': 10,
        'fetch.max.wait.ms': 100,
        maxInFlight: 20
      })
      const ours: string[] = []
      jobs
        .pipe(
          deserialize({ value: utf8 }),
          handle(
            ({ value, partition, offset, deliveryCount }) => {
              const isReleased = value.startsWith('release') && deliveryCount === 1
              ours.push(
                `${isReleased ? 'released' : 'accepted'} ${String(partition)} ${String(offset)} ${String(deliveryCount)}`
              )
              if (isReleased) throw new Error('not yet')
            },
            { concurrency: 5, order: 'none', onFailure: 'release' }
          ),
          ack()
        )
        .subscribe()
      await until(() => jobs.status().phase === 'running', 'ours is a member')
      while ((await admin.describeGroups([topic]))[0]?.members.length !== 2);

      await using writing = producer(cluster)
      const count = 600
      const valueOf = (number: number): string => `${number % 20 === 0 ? 'release' : 'take'} ${String(number)}`
      for (let from = 0; from < count; from += 50)
        await Promise.all(
          Array.from({ length: 50 }, (_, index) =>
            writing.send({ topic, partition: (from + index) % 3, value: valueOf(from + index) })
          )
        )
      const accepted = (): readonly string[] => [...placesOf(ours), ...placesOf(theirs.lines)]
      await until(() => new Set(accepted()).size === count, 'each record accepted')
      await until(() => jobs.status().inFlight === 0, 'ours has acknowledged')

      expect(accepted()).toHaveLength(count)
      expect([placesOf(ours).length > 0, placesOf(theirs.lines).length > 0]).toEqual([true, true])
      const all = [...ours, ...theirs.lines]
      expect(all.filter((line) => line.startsWith('released '))).toHaveLength(count / 20)
      expect(all.filter((line) => line.startsWith('accepted ') && line.endsWith(' 2'))).toHaveLength(count / 20)

      const tool = (...what: readonly string[]): Promise<string> =>
        toolPrints(shareCommand, '--bootstrap-server', brokers ?? '', '--describe', '--group', topic, ...what)
      const { memberId } = jobs.status()
      expect(await tool('--state')).toMatch(new RegExp(`${topic}\\s.*Stable\\s+2\\b`))
      expect(await tool('--members')).toContain(memberId)
      // Lag is the last column.
      const lags = async (): Promise<readonly (readonly [number, string])[]> =>
        (await tool())
          .split('\n')
          .map((line) => line.trim().split(/\s+/))
          .filter(([group]) => group === topic)
          .map((columns) => [Number(columns[2]), columns.at(-1) ?? ''] as const)
          .sort(([one], [other]) => one - other)
      const offsets = await admin.fetchShareOffsets(topic)
      expect(offsets.map(({ partition, lag }) => [partition, lag])).toEqual([0, 1, 2].map((partition) => [partition, 0n])) // prettier-ignore
      expect(await lags()).toEqual(offsets.map(({ partition, lag }) => [partition, String(lag)]))
      await theirs.stop()
      expect((await jobs.drain()).outcome).toBe('drained')
    })
  })
})
