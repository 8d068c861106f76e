// How do I feed two sinks from one topic, and commit only what both have?
//
// prints:
//   indexed red
//   indexed blue
//   archived red
//   both have red
//   archived blue
//   both have blue
//   committed up to 2
import { setTimeout as wait } from 'node:timers/promises'
import { tap } from 'rxjs'
import { commit, consumer, deserialize, eachPartition, fanOut, logTo, subscribe, utf8, writeTo } from 'ackstream'
import { memoryCluster } from 'ackstream/testing'

const cluster = memoryCluster({ topics: { colours: 1 } })
cluster.produce('colours', { value: 'red' }, { value: 'blue' })

const index = (colour: string): void => {
  console.log(`indexed ${colour}`)
}
const archive = async (colour: string): Promise<void> => {
  await wait(20)
  console.log(`archived ${colour}`)
}

const colours = consumer(cluster, {
  'group.id': 'catalogue',
  'auto.offset.reset': 'earliest',
  subscription: subscribe('colours')
})
logTo(colours, console, { level: 'warn' })

colours
  .pipe(
    eachPartition((partition) =>
      partition.pipe(
        deserialize({ value: utf8 }),
        fanOut(
          (records) => records.pipe(writeTo(({ value }) => index(value))),
          (records) => records.pipe(writeTo(({ value }) => archive(value)))
        ),
        tap(({ value }) => {
          console.log(`both have ${value}`)
        }),
        commit({ every: 2 })
      )
    )
  )
  .subscribe(({ offset }) => {
    console.log(`committed up to ${offset}`)
    void colours.drain()
  })
