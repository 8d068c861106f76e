// A member of a group as a process of its own, to be told to leave (SIGTERM), frozen or killed. It writes all that happens to
// it into its history; what concerns the rig is also sent to the parent.
import { commit, consumer, eachPartition, handle, subscribe } from 'ackstream'
import { kafka } from 'ackstream/kafka'
import { Observable, tap } from 'rxjs'
import { historyWriter } from './history.mjs'

const { brokers, topic, group, member, file, properties, commits, workMs } = JSON.parse(process.argv[2])
const history = historyWriter(file)
const tell = (event) => {
  history.write(event)
  process.send?.({ ...event, member })
}
process.on('disconnect', () => process.exit(1))
process.channel?.unref()

const text = new TextDecoder()
const records = consumer(kafka({ 'bootstrap.servers': brokers }), {
  'group.id': group,
  'auto.offset.reset': 'earliest',
  subscription: subscribe(topic),
  ...properties
})
const numbers = (partitions) => partitions.map(({ partition }) => partition)
const offsets = (of) => of.map(({ partition, offset }) => [partition, Number(offset)])
const reports = (of) =>
  of.map(({ partition, outcome, committed, repeated }) => ({
    partition,
    outcome,
    committed: committed === null ? null : Number(committed),
    repeated
  }))

records.rebalances.subscribe((event) => {
  const { _tag: e, generation } = event
  switch (event._tag) {
    case 'assigned':
      tell({ e, generation, gained: numbers(event.gained), kept: numbers(event.kept), rebalance: event.rebalance })
      break
    case 'revoking':
      tell({ e, generation, partitions: numbers(event.partitions) })
      break
    case 'revoked':
      tell({ e, generation, partitions: numbers(event.partitions), reports: reports(event.partitions) })
      break
    case 'lost':
      tell({
        e,
        generation,
        partitions: numbers(event.partitions),
        reports: reports(event.partitions),
        reason: event.fault.reason ?? event.fault._tag
      })
  }
})
records.commits.subscribe((event) => {
  const fault = event._tag === 'stored' ? undefined : (event.fault.reason ?? event.fault.code ?? event.fault._tag)
  history.write({ e: event._tag, offsets: offsets(event.offsets), fault })
})
records.events.subscribe((event) =>
  history.write({
    e: 'event',
    event: JSON.parse(JSON.stringify(event, (_, value) => (typeof value === 'bigint' ? Number(value) : value)))
  })
)

let streams = 0
/** Notes how a partition's stream begins and ends. */
const noted = (partition, stream) => (source) =>
  new Observable((subscriber) => {
    history.write({ e: 'open', partition, stream })
    subscriber.add(
      source.subscribe({
        next: (record) => subscriber.next(record),
        error: (error) => {
          history.write({ e: 'failed', partition, stream, error: String(error) })
          subscriber.error(error)
        },
        complete: () => {
          history.write({ e: 'complete', partition, stream })
          subscriber.complete()
        }
      })
    )
  })

records
  .pipe(
    eachPartition((partition) => {
      const stream = streams++
      return partition.pipe(
        noted(partition.partition, stream),
        handle(async (record) => {
          const offset = Number(record.offset)
          const says = text.decode(record.value)
          const created = Number(record.timestamp)
          history.later({ e: 'start', partition: record.partition, offset, stream, created })
          if (says !== `${record.partition} ${offset}`)
            history.write({ e: 'wrong', partition: record.partition, offset, says })
          await new Promise((go) => setTimeout(go, workMs))
        }),
        // Known before it is acknowledged: what is committed is always in the history.
        tap(({ partition: number, offset }) =>
          history.write({ e: 'ack', partition: number, offset: Number(offset), stream })
        ),
        commit(commits)
      )
    })
  )
  .subscribe({
    error: (error) => {
      tell({ e: 'error', error: String(error?.fault?._tag ?? error) })
      process.exit(1)
    }
  })
let leaving = false
process.on('SIGTERM', () => {
  if (leaving) return
  leaving = true
  tell({ e: 'leaving' })
  void records.drain().then(({ outcome, partitions }) => {
    tell({ e: 'left', outcome, reports: reports(partitions) })
    // Nothing else holds it.
    process.removeAllListeners('disconnect')
    process.disconnect?.()
  })
})
tell({ e: 'begin' })
