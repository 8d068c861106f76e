import { Observable, tap } from 'rxjs'
import { anObservable } from '../arguments/rules.js'
import { alteredConsumer, alteredStream } from '../play/altered-consumer.js'
import type { Pipeline, PipelineTools } from '../play/scenario.js'
import type { SharePipeline } from '../play/share-scenario.js'
import { alteredShareConsumer } from '../play/recorded-share-consumer.js'
import type { BugScene, PlantedBug } from './planted-bug.js'

const text = {
  does: 'is your own',
  needs: 'a member',
  shownBy: 'a line that shows what it does otherwise'
} as const

/** A bug of the user: another pipeline, made from that of the test. */
export const ownBug = (plant: (pipeline: Pipeline) => Pipeline): PlantedBug => ({
  ...text,
  plantShare: null,
  plant: (pipeline, scene) =>
    started(
      scene,
      () => plant(pipeline),
      (consumer) => alteredConsumer(consumer, (stream) => alteredStream(stream, (inner) => inner.pipe(tap(scene.ran))))
    )
})

/** The same for a pipeline of a share group. */
export const ownShareBug = (plant: (pipeline: SharePipeline) => SharePipeline): PlantedBug => ({
  ...text,
  plant: null,
  plantShare: (pipeline, scene) =>
    started(
      scene,
      () => plant(pipeline),
      (consumer) => alteredShareConsumer(consumer, (inner) => inner.pipe(tap(scene.ran)))
    )
})

type AnyPipeline<C> = (consumer: C, tools: PipelineTools) => Observable<unknown>

/** Checks whether the pipeline with the bug gets as far as its first record. */
const started = <C>(scene: BugScene, plant: () => AnyPipeline<C>, watch: (consumer: C) => C): AnyPipeline<C> => {
  scene.acted()
  const planted: unknown = begun(scene, plant)
  if (typeof planted !== 'function')
    return begun(scene, () => {
      throw new TypeError('what is planted is no pipeline: `own` has functions that take a pipeline and give another')
    })
  return (consumer, tools) => {
    const output = begun(scene, () => (planted as AnyPipeline<C>)(watch(consumer), tools))
    if (!anObservable.holds(output))
      return begun(scene, () => {
        throw new TypeError('what is planted gives no Observable')
      })
    return new Observable((subscriber) => {
      const failed = tap({ error: scene.notStarted })
      return begun(scene, () => output.pipe(failed).subscribe(subscriber))
    })
  }
}

/** An exception here was thrown before the pipeline with the bug could begin. */
const begun = <A>({ notStarted }: BugScene, run: () => A): A => {
  try {
    return run()
  } catch (error) {
    notStarted(error)
    throw error
  }
}
