import { filter, firstValueFrom, type Observable, take, toArray } from 'rxjs'
import { utf8 } from '../../codecs/utf8.js'
import type { ShareConsumerConfig } from '../../config/share-consumer-config.js'
import { subscribe } from '../../config/subscribe.js'
import type { ConsumerEvent } from '../../model/consumer-event.js'
import { deserialize } from '../../operators/deserialize.js'
import type { Cluster } from '../../ports/cluster.js'
import { shareConsumer, type ShareConsumer } from '../../sources/consumer/share/share-consumer.js'
import type { ContractCase } from './contract-case.js'
import { createTopic, produce, uniqueName } from './contract-members.js'

/** A share group of a cluster that begins at the start of a topic of its own. */
export class ShareTrial {
  readonly cluster: Cluster
  readonly topic: string
  private readonly opened: ShareConsumer[] = []

  constructor(cluster: Cluster) {
    this.cluster = cluster
    this.topic = uniqueName(cluster, 'shared')
  }

  async begin(...values: readonly string[]): Promise<void> {
    await createTopic(this.cluster, this.topic, 1)
    const admin = this.cluster.admin()
    await admin.alterConfigs([{ type: 'group', name: this.topic, set: { 'share.auto.offset.reset': 'earliest' } }])
    admin.close()
    await this.write(...values)
  }

  write(...values: readonly string[]): Promise<void> {
    return produce(
      this.cluster,
      this.topic,
      values.map((value) => ({ value }))
    )
  }

  member(more: Partial<ShareConsumerConfig> = {}): ShareConsumer {
    const config = { 'group.id': this.topic, subscription: subscribe(this.topic), 'fetch.max.wait.ms': 50, ...more }
    const one = shareConsumer(this.cluster, config)
    this.opened.push(one)
    return one
  }

  async end(): Promise<void> {
    await Promise.all(this.opened.map((one) => one.close()))
  }
}

/** A case with a share group of its own. */
export const shared = (name: string, run: (trial: ShareTrial) => Promise<void>): ContractCase => ({
  name: `share groups: ${name}`,
  needs: 'share groups',
  run: async (cluster) => {
    const trial = new ShareTrial(cluster)
    try {
      await run(trial)
    } finally {
      await trial.end()
    }
  }
})

export const text = /*#__PURE__*/ deserialize({ value: utf8 })

export const numberedValues = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, at) => `v${String(at)}`)

/** The next values of a stream, which is then unsubscribed. */
export const next = <A>(count: number, from: Observable<A>): Promise<readonly A[]> =>
  firstValueFrom(from.pipe(take(count), toArray()))

export const eventOf = (of: ShareConsumer, tag: ConsumerEvent['_tag']): Promise<ConsumerEvent> =>
  firstValueFrom(of.events.pipe(filter(({ _tag }) => _tag === tag)))
