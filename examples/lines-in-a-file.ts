// How do I append records to a file, and commit only what is on the disk?
//
// prints:
//   committed up to 2
//   {"offset":"0","user":"ann"}
//   {"offset":"1","user":"bob"}
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lastValueFrom, tap } from 'rxjs'
import { commit, consumer, deserialize, eachPartition, logTo, subscribe, utf8 } from 'ackstream'
import { writeNdjson } from 'ackstream/ndjson'
import { memoryCluster } from 'ackstream/testing'

const folder = await mkdtemp(join(tmpdir(), 'lines-in-a-file-'))
const file = join(folder, 'logins.ndjson')

const cluster = memoryCluster({ topics: { logins: 1 } })
cluster.produce('logins', { value: 'ann' }, { value: 'bob' })

const logins = consumer(cluster, {
  'group.id': 'audit',
  'auto.offset.reset': 'earliest',
  subscription: subscribe('logins')
})
logTo(logins, console, { level: 'warn' })

await lastValueFrom(
  logins.pipe(
    eachPartition((partition) =>
      partition.pipe(
        deserialize({ value: utf8 }),
        // A line that is repeated after a crash can be told by its offset.
        writeNdjson(file, { line: ({ offset, value }) => ({ offset, user: value }) }),
        commit({ every: 2 })
      )
    ),
    tap(({ offset }) => {
      console.log(`committed up to ${offset}`)
      void logins.drain()
    })
  )
)
console.log((await readFile(file, 'utf8')).trimEnd())
await rm(folder, { recursive: true })
