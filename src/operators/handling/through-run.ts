import { Observable, type OperatorFunction, type Subscriber } from 'rxjs'

/** An operator's work for one subscription, from the subscription to its end. */
export interface OperatorRun<A> {
  arrived(item: A): void
  sourceCompleted(): void
  /** The subscription has ended: stops all work. */
  stop(): void
}

/** An operator with one run per subscription. The run completes the destination; errors of the source bypass it. */
export const throughRun =
  <A, B>(make: (destination: Subscriber<B>) => OperatorRun<A>): OperatorFunction<A, B> =>
  (source) =>
    new Observable((destination) => {
      const run = make(destination)
      destination.add(() => {
        run.stop()
      })
      destination.add(
        source.subscribe({
          next: (item) => {
            // An untyped program may pass anything: what cannot be handled is the pipeline's error, not the process's.
            try {
              run.arrived(item)
            } catch (error) {
              destination.error(error)
            }
          },
          error: (error: unknown) => {
            destination.error(error)
          },
          complete: () => {
            run.sourceCompleted()
          }
        })
      )
    })
