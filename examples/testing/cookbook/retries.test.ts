// Recipes for records that wait in retry topics until they are due.
import { describe } from 'vitest'
import { commit, deadLetter, eachPartition, handle, retryLater, subscribe } from 'ackstream'
import type { Pipeline, Scenario } from 'ackstream/testing'
import { recipe } from './recipe.js'

// Back when it is due, or up to half a second later: a broker answers an empty fetch after so long.
const first = 'orders.retry.4ms'
const second = 'orders.retry.9ms'

const retrying =
  (behind: 'follow' | 'overtake' = 'follow'): Pipeline =>
  (orders, { cluster, sink }) => {
    const then = deadLetter(cluster, { topic: 'dlq' })
    const retries = retryLater(cluster, { topic: 'orders.retry', tiers: ['4ms', '9ms'], then, behind })
    return orders.pipe(
      eachPartition((partition) =>
        partition.pipe(handle(sink, { order: 'key', concurrency: 8, onFailure: retries }), commit({ every: 1 }))
      )
    )
  }

const scenario = (pipeline: Pipeline): Scenario => ({
  pipeline,
  topics: { [first]: 1, [second]: 1, dlq: 1 },
  config: { subscription: subscribe('orders', first, second), 'session.timeout.ms': 6 }
})

describe('retries that wait in topics', () => {
  // # moved, back when due, and those of the key behind it
  recipe(
    'a record that fails comes back when it is due, and those of its key follow it',
    `
    orders/0                  --aba--------
    sink a[1]                 #|
    one                       ^------------
    handles a[1]              --(^#)(^|)---
    writes orders.retry.4ms   --a-a--------
    sink                      ---b--(aa)---
    orders/0 commits          ---ba--------
    `,
    scenario(retrying()),
    { bugs: ['swallows errors', 'writes twice'], own: { 'lets others overtake': () => retrying('overtake') } }
  )

  // # from topic to topic, then to the dead letters
  recipe(
    'a record that fails in every topic goes to the dead letters, and the next of its key is tried',
    `
    orders/0                  --aa--- 1s ------
    sink a[1]                 #
    one                       ^----------------
    writes orders.retry.4ms   --aa-------------
    writes orders.retry.9ms   ------(aa)-------
    writes dlq                -------a---------
    sink                      -------a---------
    orders/0 commits          -------a---------
    `,
    scenario(retrying()),
    { bugs: ['swallows errors', 'drops the last'] }
  )

  // # a crash in between
  recipe(
    'what waits is not forgotten by a crash',
    `
    orders/0                  --a----a------ 1s -----
    sink a[1]                 #|
    one                       ^---#------------------
    two                       -----^-----------------
    handles a                 --(^#)---(^|)-(^|)-----
    writes orders.retry.4ms   --a--------------------
    sink                      ---------a----a--------
    `,
    scenario(retrying()),
    { bugs: ['swallows errors'] }
  )
})
