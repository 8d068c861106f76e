import { Observable, type OperatorFunction, type Subscriber } from 'rxjs'

/** What an operator does with what comes, from its subscription to its end. */
export interface OperatorRun<A> {
  arrived(item: A): void
  sourceCompleted(): void
  /** The subscription is over: nothing more is wanted of it. */
  stop(): void
}

/** An operator that makes a run for each subscription. The run completes the destination; what the source fails with passes it by. */
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
            run.arrived(item)
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
