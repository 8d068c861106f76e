// How do several workers share the records of one partition, each acknowledged on its own?
//
// A share group locks each record for one member. Here one job fails the first time and is released, and another is rejected.
//
// prints:
//   thumbnail of cat.png, delivery 1
//   released: dog.png
//   rejected: virus.exe
//   thumbnail of dog.png, delivery 2
//   drained, 2 accepted, 1 rejected
import { ack, deserialize, handle, shareConsumer, subscribe, utf8 } from 'ackstream'
import { memoryCluster } from 'ackstream/testing'

const cluster = memoryCluster({ topics: { images: 1 } })
await cluster.admin().alterConfigs([{ type: 'group', name: 'thumbnails', set: { 'share.auto.offset.reset': 'earliest' } }]) // prettier-ignore
cluster.produce('images', { value: 'cat.png' }, { value: 'dog.png' }, { value: 'virus.exe' })

const jobs = shareConsumer(cluster, { 'group.id': 'thumbnails', subscription: subscribe('images') })
const names = ['cat.png', 'dog.png', 'virus.exe']
jobs.events.subscribe((event) => {
  if (event._tag === 'released' || event._tag === 'rejected')
    console.log(`${event._tag}: ${names[Number(event.offset)] ?? ''}`)
})

jobs
  .pipe(
    deserialize({ value: utf8 }),
    handle(
      ({ value, source }) => {
        if (!value.endsWith('.png')) throw new Error(`${value} at ${source.offset} is no image`)
        return value
      },
      { onFailure: 'reject' }
    ),
    handle(
      ({ value, deliveryCount }) => {
        if (value === 'dog.png' && deliveryCount === 1) throw new Error('out of memory')
        console.log(`thumbnail of ${value}, delivery ${deliveryCount ?? 0}`)
        return value
      },
      { onFailure: 'release' }
    ),
    ack()
  )
  .subscribe(({ value }) => {
    if (value !== 'dog.png') return
    void jobs.drain().then(({ outcome }) => {
      const { accepted, rejected } = jobs.status()
      console.log(`${outcome}, ${accepted} accepted, ${rejected} rejected`)
    })
  })
