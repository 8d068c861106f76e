import { catchError, concat, EMPTY, ignoreElements, map, mergeMap, Observable, of, tap } from 'rxjs'
import type { DeliveryCallbacks } from '../../core/producing/delivery-callbacks.js'
import { ignoredLimits } from '../../internal/ignored-limits.js'
import { type Carried, settle } from '../../model/carried.js'
import type { ConsumerRecord } from '../../model/consumer-record.js'
import type { PartitionStream } from '../../model/partition-stream.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import type { Cluster } from '../../ports/cluster.js'
import type { ProducerSession } from '../../ports/producer-session.js'
import type { Consumer } from '../../sources/consumer/consumer.js'
import { placeText } from '../diagram/line-label.js'
import { alteredConsumer, alteredStream } from '../play/altered-consumer.js'
import type { PipelineTools } from '../play/scenario.js'
import { awaitableSink, type SinkWrite } from '../play/test-sink.js'
import { isMadeByUs } from '../play/written-parts.js'
import { another, withAnotherKey, withAnotherValue } from './another-value.js'
import type { BugScene, PlantedBug } from './planted-bug.js'
import { acceptsFailures, acknowledgesEarly, dropsTheLast, ignoresTheCount, neverAcknowledges } from './share-bugs.js'
import { swapped } from './swapped-records.js'
import { Unacknowledged } from './unacknowledged.js'

/** The bugs that `catches` plants, named by what they do. */
export type PlantedBugName =
  | 'acknowledges early'
  | 'never acknowledges'
  | 'commits without acknowledgement'
  | 'drops the last'
  | 'reorders a key'
  | 'writes twice'
  | 'does not wait'
  | 'writes another value'
  | 'writes another key'
  | 'swallows errors'
  | 'ignores time limits'
  | 'forgets the drain'
  | 'accepts failures'
  | 'ignores the delivery count'

type Records = (stream: PartitionStream, consumer: Consumer) => Observable<ConsumerRecord>

/** A bug that changes the records that reach the pipeline. */
const onRecords =
  (records: (scene: BugScene) => Records): NonNullable<PlantedBug['plant']> =>
  (pipeline, scene) =>
  (consumer, tools) =>
    pipeline(
      alteredConsumer(consumer, (stream) => alteredStream(stream, (inner) => records(scene)(inner, consumer))),
      tools
    )

type AnyPipeline<Source> = (source: Source, tools: PipelineTools) => Observable<unknown>

/** The same bug for consumers and share groups. */
const everywhere = (
  plant: <Source>(pipeline: AnyPipeline<Source>, scene: BugScene) => AnyPipeline<Source>
): Pick<PlantedBug, 'plant' | 'plantShare'> => ({ plant, plantShare: plant })

/** A bug that changes what is written. */
const onWrites = (
  sink: (scene: BugScene, inner: SinkWrite) => SinkWrite,
  send: (scene: BugScene, session: ProducerSession) => ProducerSession['send']
): Pick<PlantedBug, 'plant' | 'plantShare'> => {
  const plant =
    <Source>(pipeline: AnyPipeline<Source>, scene: BugScene): AnyPipeline<Source> =>
    (source, tools) =>
      pipeline(
        source,
        altered(tools, sink(scene, tools.sink), (session) => send(scene, session))
      )
  return everywhere(plant)
}

const altered = (
  tools: PipelineTools,
  sink: SinkWrite,
  send: (session: ProducerSession) => ProducerSession['send']
): PipelineTools => {
  const cluster: Cluster = {
    ...tools.cluster,
    openProducer: (settings) => {
      const session = tools.cluster.openProducer(settings)
      return {
        events: session.events,
        send: send(session),
        status: () => session.status(),
        flush: () => session.flush(),
        close: () => {
          session.close()
        }
      }
    }
  }
  return { ...tools, cluster, sink: awaitableSink(sink) }
}

const unheard: DeliveryCallbacks = { written: () => undefined, failed: () => undefined }

/** Whether a record is the last one that the diagram writes to its partition. */
const lastOf = ({ writes }: BugScene, stream: TopicPartition): bigint =>
  BigInt((writes.get(placeText(stream))?.length ?? 0) - 1)

const nowhere = -1n

/** All planted bugs. */
export const plantedBugs: Readonly<Record<PlantedBugName, PlantedBug>> = {
  'acknowledges early': {
    does: 'acknowledges each record as soon as it is delivered',
    needs: 'a record',
    shownBy: 'a slow record (“sink a  ---|”) with a line “… commits” or “… acks”',
    plant: onRecords(
      (scene) => (stream) =>
        stream.pipe(
          tap((record) => {
            scene.acted()
            settle(record)
          })
        )
    ),
    plantShare: acknowledgesEarly
  },
  'never acknowledges': {
    does: 'acknowledges nothing',
    needs: 'a record that is acknowledged',
    shownBy: 'a line “… commits”',
    plant: onRecords(
      (scene) => (stream) => stream.pipe(map((record) => record.withTarget(new Unacknowledged(record, scene.acted), 0)))
    ),
    plantShare: neverAcknowledges
  },
  'commits without acknowledgement': {
    does: 'commits the position of each record as soon as it is delivered',
    needs: 'a record',
    shownBy: 'a slow record (“sink a  ---|”) with a line “… commits”',
    plant: onRecords(
      (scene) => (stream, consumer) =>
        stream.pipe(
          tap(({ topic, partition, offset }) => {
            scene.acted()
            consumer.commitAsync([{ topic, partition, offset: offset + 1n }])
          })
        )
    ),
    plantShare: null
  },
  'drops the last': {
    does: 'acknowledges the last record of each partition and does nothing else with it',
    needs: 'a record',
    shownBy: 'a line “sink”, “writes …”, “handles …” or one of `mark` that shows that record',
    plant: onRecords((scene) => (stream) => {
      const last = lastOf(scene, stream)
      return stream.pipe(
        mergeMap((record) => {
          if (record.offset !== last) return of(record)
          scene.acted()
          settle(record)
          return EMPTY
        })
      )
    }),
    plantShare: dropsTheLast(lastOf)
  },
  'reorders a key': {
    does: 'swaps two records of one key that follow each other',
    needs: 'two records of one partition with the same key, one after the other (`a*2`, or keys in `records`)',
    shownBy: 'a line “sink”, “writes …”, “handles …” or one of `mark` that shows both: a[1..2]',
    plant: onRecords(swapped),
    plantShare: null
  },
  'writes twice': {
    does: 'writes everything a second time',
    needs: 'a record that reaches `sink`, or is produced',
    shownBy: 'a line “sink” or “writes …”',
    ...onWrites(
      (scene, inner) => (carried) => {
        scene.acted()
        return concat(inner(carried).pipe(ignoreElements()), inner(carried))
      },
      (scene, session) => (record, callbacks, index) => {
        scene.acted()
        session.send(record, callbacks, index)
        session.send(record, unheard, index)
      }
    )
  },
  'does not wait': {
    does: 'takes for written what it has only begun to write',
    needs: 'something slow: “sink a  ---|”, “takes Produce  ---|”',
    shownBy: 'that, and a line “… commits” or “… acks”',
    ...onWrites(
      (scene, inner) => (carried) => {
        scene.acted()
        inner(carried).subscribe({ error: () => undefined })
        return of(undefined)
      },
      (scene, session) => (record, callbacks, index) => {
        scene.acted()
        session.send(record, unheard, index)
        callbacks.written(index, record.topic, record.partition ?? 0, nowhere)
      }
    )
  },
  'writes another value': {
    does: 'writes another value than the pipeline has made',
    needs: 'a record that reaches `sink`, or is produced',
    shownBy: '`values`, with a line “sink” or “writes …”',
    ...onWrites(
      (scene, inner) => (carried: Carried<unknown>) => {
        scene.acted()
        return inner(carried.withValue(another(carried.value)))
      },
      (scene, session) => (record, callbacks, index) => {
        scene.acted()
        session.send(withAnotherValue(record), callbacks, index)
      }
    )
  },
  'writes another key': {
    does: 'produces records with another key than the pipeline has made',
    needs: 'a record that is produced',
    shownBy: '`written`, with a line “writes …”',
    isForSome: true,
    ...onWrites(
      (_scene, inner) => inner,
      (scene, session) => (record, callbacks, index) => {
        if (isMadeByUs(record)) {
          session.send(record, callbacks, index)
          return
        }
        scene.possible()
        scene.acted()
        session.send(withAnotherKey(record), callbacks, index)
      }
    )
  },
  'swallows errors': {
    does: 'goes on as if nothing had failed',
    needs: 'something that fails: “sink a  #”, “fails Produce  x”, an error of the pipeline',
    shownBy: 'a line “… commits”, “writes …” of the dead letters, or “… ends”',
    ...everywhere((pipeline, scene) => (source, tools) => {
      const swallowed = <A>(instead: Observable<A>): Observable<A> => {
        scene.acted()
        return instead
      }
      const sink: SinkWrite = (carried) => tools.sink(carried).pipe(catchError(() => swallowed(of(undefined))))
      const send =
        (session: ProducerSession): ProducerSession['send'] =>
        (record, callbacks, index) => {
          const failed = (of: number): void => {
            scene.acted()
            callbacks.written(of, record.topic, record.partition ?? 0, nowhere)
          }
          session.send(
            record,
            {
              written: (of, topic, partition, offset) => {
                callbacks.written(of, topic, partition, offset)
              },
              failed
            },
            index
          )
        }
      return pipeline(source, altered(tools, sink, send)).pipe(catchError(() => swallowed(EMPTY)))
    })
  },
  'ignores time limits': {
    does: 'lets attempts go on beyond their `timeoutMs`',
    needs: 'an attempt that takes longer than its `timeoutMs`: “sink a  ---|”',
    shownBy: 'what comes of it: a line “handles a”, “… commits”, “writes …” of the dead letters, or “… ends”',
    isForSome: true,
    ...everywhere((pipeline, scene) => (source, tools) => {
      ignoredLimits.set(tools.cluster.clock, { began: scene.possible, exceeded: scene.acted })
      return pipeline(source, tools)
    })
  },
  'forgets the drain': {
    does: 'exits where it should drain',
    needs: 'a member that is drained: “one  ^--|”, or “one  ^--T”',
    shownBy: 'a line “… ends”, or “… commits” with a slow record at the end',
    ...everywhere((pipeline) => pipeline),
    forgetsDrain: true
  },
  'accepts failures': {
    does: 'accepts what the pipeline releases or rejects',
    needs: 'a record that is released or rejected: `onFailure`, with “sink a  #”',
    shownBy: 'a line “… releases”, “… rejects” or “… counts”, or “sink” of the second delivery',
    plant: null,
    plantShare: acceptsFailures
  },
  'ignores the delivery count': {
    does: 'takes every delivery for the first',
    needs: "a record that is delivered again: `onFailure: 'release'`, with “sink a  #”",
    shownBy: 'what the pipeline does otherwise by `deliveryCount`: a line “writes …” of dead letters, “… rejects”',
    plant: null,
    plantShare: ignoresTheCount
  }
}
