import { isLeft } from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { EMPTY, firstValueFrom, mergeAll, of } from 'rxjs'
import { describe, expect, it } from 'vitest'
import * as index from '../../../src/index.js'
import {
  ack,
  type EitherAdmin,
  aggregate,
  assign,
  atMostOnce,
  attempt,
  batch,
  commit,
  compiled,
  concurrencyLimit,
  consumer,
  type Consumer,
  ConsumerError,
  deadLetter,
  describeFault,
  deserialize,
  eachPartition,
  exponential,
  fanOut,
  filterRecords,
  filterValue,
  guard,
  handle,
  hold,
  isStale,
  json,
  logTo,
  mapValue,
  nullable,
  delayUntil,
  park,
  records,
  release,
  refused,
  replayDeadLetters,
  deadLetterOf,
  deadLetterTo,
  retryLater,
  retryOf,
  run,
  secret,
  settle,
  shareConsumer,
  sink,
  type Step,
  subscribe,
  topics,
  transactional,
  transactionalProducer,
  utf8,
  withValue,
  writeTo
} from '../../../src/index.js'
import * as entry from '../../../src/kafka.js'
import * as other from '../../../src/kafkajs.js'
import { kafkajs } from '../../../src/kafkajs.js'
import kafkajsPackage from 'kafkajs'
import { kafka } from '../../../src/kafka.js'
import { type Fault } from '../../../src/model/fault.js'
import * as measuring from '../../../src/metrics.js'
import * as lines from '../../../src/ndjson.js'
import * as http from '../../../src/http.js'
import * as tracing from '../../../src/opentelemetry.js'
import * as postgres from '../../../src/postgres.js'
import * as sqlite from '../../../src/sqlite.js'
import * as threads from '../../../src/workers.js'
import { memoryCluster } from '../../../src/testing.js'
import { acknowledge } from '../../support/handlers.js'
import { otelInMemory } from '../../support/otel.js'
import { rig } from '../../support/rig.js'

/** What a program without types may give. */
const any = (given: unknown): never => given as never
const cluster = memoryCluster()
const instance = new kafkajsPackage.Kafka({ brokers: ['a:1'] })
const wanted = { 'group.id': 'g', subscription: subscribe('orders') }
const measured = measuring.metrics({})
const otel = otelInMemory()
const pool = { query: () => Promise.resolve(), connect: () => Promise.resolve() }
const retry = { attempts: 3, backoff: exponential({ initialMs: 1, maxMs: 2 }) }

/** By the function: what it is called with, and what the fault has to say. */
type Wrong = readonly (readonly [call: () => unknown, says: string])[]

// prettier-ignore
const wrong: Readonly<Record<string, Wrong>> = {
  consumer: [
    [() => consumer(any(undefined), wanted), 'consumer: cluster is left out'],
    [() => consumer(any({}), wanted), 'consumer: cluster is {}'],
    [() => consumer(any('localhost:9092'), wanted), 'consumer: cluster is "localhost:9092"'],
    [() => consumer(cluster, any(undefined)), 'properties is left out'],
    [() => consumer(cluster, any('x')), 'properties is "x"'],
    [() => consumer(cluster, any({})), 'subscription is left out'],
    [() => consumer(any(null), any({})), 'subscription is left out'],
    [() => consumer(cluster, any({ ...wanted, 'group.id': 3 })), 'group.id is 3'],
    [() => consumer(cluster, any({ ...wanted, 'max.poll.records': '500' })), 'max.poll.records is "500"'],
    [() => consumer(cluster, any({ ...wanted, startFrom: 'beginning' })), 'startFrom is "beginning"'],
    [() => consumer(cluster, any({ ...wanted, subscription: 'orders' })), 'subscription is "orders"'],
    [() => consumer(cluster, any({ ...wanted, subscription: { _tag: 'Subscribed' } })), 'subscription is undefined'],
    [() => consumer(cluster, any({ ...wanted, subscription: { _tag: 'Assigned' } })), 'subscription is undefined']
  ],
  shareConsumer: [
    [() => shareConsumer(any(undefined), wanted), 'shareConsumer: cluster is left out'],
    [() => shareConsumer(cluster, any({})), 'group.id is left out'],
    [() => shareConsumer(cluster, any({ ...wanted, 'max.poll.records': '500' })), 'max.poll.records is "500"'],
    [() => shareConsumer(cluster, any({ ...wanted, 'share.acquire.mode': 'all' })), 'share.acquire.mode is "all"'],
    [() => shareConsumer(cluster, any({ ...wanted, 'auto.offset.reset': 'earliest' })), 'did you mean share.auto.offset.reset of the group?'],
    [() => shareConsumer(cluster, { ...wanted, subscription: subscribe(/orders/) }), 'subscription is subscribe(/orders/)'],
    [() => shareConsumer(cluster, { ...wanted, subscription: assign([{ topic: 'a', partition: 0, from: 'end' }]) }), 'topics by name'],
    [() => shareConsumer(cluster, { ...wanted, 'fetch.max.wait.ms': 30_000 }), 'fetch.max.wait.ms is 30000']
  ],
  subscribe: [
    [() => consumer(cluster, { ...wanted, subscription: subscribe() }), 'at least one topic'],
    [() => consumer(cluster, { ...wanted, subscription: subscribe(any(3)) }), 'subscription[0] is 3'],
    [() => consumer(cluster, { ...wanted, subscription: subscribe(any(['orders'])) }), 'subscription[0] is ["orders"], allowed is each topic as an argument of its own'],
    [
      () => consumer(cluster, { ...wanted, subscription: subscribe('a', any(undefined)) }),
      'subscription[1] is undefined'
    ]
  ],
  assign: [
    [() => consumer(cluster, { subscription: assign(any('x')) }), 'subscription is "x"'],
    [() => consumer(cluster, { subscription: assign(any(undefined)) }), 'subscription is undefined'],
    [() => consumer(cluster, { subscription: assign(any([null])) }), 'subscription[0] is null'],
    [() => consumer(cluster, { subscription: assign(any(['orders'])) }), 'subscription[0] is "orders"'],
    [
      () => consumer(cluster, { subscription: assign(any([{ topic: 3, partition: 0, from: 'end' }])) }),
      'subscription[0].topic is 3'
    ],
    [
      () => consumer(cluster, { subscription: assign(any([{ topic: 'a', partition: '0', from: 'end' }])) }),
      'subscription[0].partition is "0"'
    ],
    [
      () => consumer(cluster, { subscription: assign(any([{ topic: 'a', partition: 0, from: { offset: 3 } }])) }),
      'subscription[0].from is {"offset":3}'
    ],
    [
      () => consumer(cluster, { subscription: assign(any([{ topic: 'a', partition: 0 }])) }),
      'subscription[0].from is undefined'
    ]
  ],
  run: [
    [() => run(any(undefined)), 'run: pipeline is left out'],
    [() => run(EMPTY, any({ signals: ['SIGKILL'] })), 'run: signals is ["SIGKILL"]'],
    [() => run(EMPTY, any({ drainTimeoutMs: '5' })), 'run: drainTimeoutMs is "5"'],
    [() => run(EMPTY, any({ logger: console.log })), 'run: logger is a function']
  ],
  logTo: [
    [() => logTo(any(undefined), console), 'logTo: source is left out'],
    [() => logTo(any({ events: 3 }), console), 'logTo: source is {"events":3}'],
    [() => logTo(consumer(cluster, wanted), any(undefined)), 'logTo: logger is left out'],
    [() => logTo(consumer(cluster, wanted), any({ info: () => 0 })), 'logTo: logger is {}'],
    [() => logTo(consumer(cluster, wanted), console, any({ level: 'warning' })), 'logTo: level is "warning"'],
    [() => logTo(consumer(cluster, wanted), console, any({ levle: 'warn' })), 'did you mean level?'],
    [() => logTo(consumer(cluster, wanted), console, any({ foldMs: '3' })), 'logTo: foldMs is "3"']
  ],
  eachPartition: [
    [() => eachPartition(any(undefined)), 'eachPartition: project is left out'],
    [() => eachPartition(any({})), 'eachPartition: project is {}'],
    [() => eachPartition(() => EMPTY, any({ onError: 'restart' })), 'eachPartition: onError is "restart"'],
    [() => eachPartition(() => EMPTY, any(null)), 'eachPartition is null']
  ],
  attempt: [[() => attempt(any(undefined)), 'attempt: codec is left out'], [() => attempt(any(() => 0)), 'attempt: codec is a function']],
  compiled: [[() => compiled(any(undefined)), 'compiled: codec is left out'], [() => compiled(any(3)), 'compiled: codec is 3']],
  nullable: [[() => nullable(any(undefined)), 'nullable: codec is left out'], [() => nullable(any('utf8')), 'nullable: codec is "utf8"'], [() => nullable(any(t.string)), 'goes into json(…)']],
  json: [
    [() => json(any(undefined)), 'json: codec is left out'],
    [() => json(any({})), 'json: codec is {}'],
    [() => json(any(utf8), any({ maxBytes: '1' })), 'json: maxBytes is "1"'],
    [() => json(any(utf8), any({ maxDepth: NaN })), 'json: maxDepth is NaN'],
    [() => json(any(utf8), any({ duplicateKeys: 'first' })), 'json: duplicateKeys is "first"'],
    [() => json(any(utf8), any({ maxbytes: 1 })), 'did you mean maxBytes?'],
    [() => json(any(utf8), any(null)), 'json is null']
  ],
  deserialize: [
    [() => deserialize(any(undefined)), 'deserialize is undefined'],
    [() => deserialize(any({ value: {} })), 'deserialize: value is {}'],
    [() => deserialize(any({ key: 'utf8' })), 'deserialize: key is "utf8"'],
    [() => deserialize(any({ vaule: utf8 })), 'did you mean value?'],
    [() => deserialize({ value: utf8 }, any({ onFailure: 'ignore' })), 'deserialize: onFailure is "ignore"']
  ],
  batch: [[() => batch(any(undefined)), 'batch is undefined'], [() => batch(any({ records: '10' })), 'batch: records is "10"']],
  concurrencyLimit: [[() => concurrencyLimit(any('8')), 'concurrencyLimit: size is "8"']],
  guard: [
    [() => guard(any(undefined)), 'guard is undefined'],
    [() => guard({ rate: any({ persecond: 3 }) }), 'guard: rate.persecond'],
    [() => guard({ breaker: { failureRatio: 2 } }), 'guard: breaker.failureRatio is 2'],
    [() => guard({}), 'guard is {}, allowed is at least one of breaker, concurrency, rate']
  ],
  exponential: [[() => exponential(any(undefined)), 'exponential is undefined'], [() => exponential(any({ initialMs: 1n, maxMs: 2 })), 'exponential: initialMs is 1n'], [() => exponential({ initialMs: 100, maxMs: 10 }), 'exponential: maxMs is 10, allowed is at least initialMs (100)']],
  fanOut: [[() => fanOut(any(undefined)), 'fanOut: branch 1 is left out'], [() => fanOut((one) => one, any(of(1))), 'fanOut: branch 2']],
  filterRecords: [[() => filterRecords(any(undefined)), 'filterRecords: keep is left out'], [() => filterRecords(() => true, any({ onFailure: 3 })), 'filterRecords: onFailure is 3']],
  filterValue: [[() => filterValue(any(/x/)), 'filterValue: keep is /x/']],
  handle: [
    [() => handle(any(undefined)), 'handle: fn is left out'],
    [() => handle(any(Promise.resolve())), 'handle: fn is {}'],
    [() => handle(() => 0, any({ concurrency: '8' })), 'handle: concurrency is "8"'],
    [() => handle(() => 0, any(8)), 'handle is 8']
  ],
  mapValue: [[() => mapValue(any(undefined)), 'mapValue: fn is left out'], [() => mapValue(any('length')), 'mapValue: fn is "length"']],
  records: [
    [() => records(any(undefined)), 'records: source is left out'],
    [() => records(any('orders')), 'records: source is "orders"'],
    [() => records(any(null), any({})), 'records: source is null'],
    [() => records(consumer(cluster, wanted), any({ ack: true })), 'records: ack is true'],
    [() => records(consumer(cluster, wanted), any({ inFlight: 0, pipeline: [] })), 'records: pipeline is []'],
    [() => records(consumer(cluster, wanted), any(3)), 'records is 3']
  ],
  topics: [
    [() => topics(any(undefined)), 'topics is left out'],
    [() => topics(any('orders')), 'topics is "orders"'],
    [() => topics(any({ orders: utf8 })), 'topics: orders: decode is not known'],
    [() => topics(any({ orders: { value: 'utf8' } })), 'topics: orders: value is "utf8"'],
    [() => topics(any({ orders: { value: t.string } })), 'goes into json(…)'],
    [() => topics({ orders: {} }).produceTo(cluster, 'orders', any(undefined)), 'produceTo: options is left out'],
    [() => topics({ orders: {} }).record('orders', any(undefined)), 'record of orders is left out'],
    [() => topics({ orders: {} }).produce(any(undefined), 'orders'), 'produce: cluster is left out'],
    [() => topics({ orders: {} }).read(any(null), 'orders'), 'read: cluster is null']
  ],
  writeTo: [[() => writeTo(any(undefined)), 'writeTo: fn is left out'], [() => writeTo(any([]), any({})), 'writeTo: fn is []']],
  delayUntil: [[() => delayUntil(any('10s')), 'delayUntil: time is "10s"'], [() => delayUntil(any(undefined)), 'delayUntil: time is left out']],
  park: [[() => park(any(undefined)), 'park is undefined'], [() => park(any({ retry, then: 'stop' })), 'park: then is "stop"']],
  atMostOnce: [[() => atMostOnce(any({ withinMs: '50' })), 'atMostOnce: withinMs is "50"'], [() => atMostOnce(any(null)), 'atMostOnce is null']],
  commit: [[() => commit(any({ every: 'x' })), 'commit: every is "x"'], [() => commit(any(500)), 'commit is 500']],
  deadLetter: [
    [() => deadLetter(any(undefined), { topic: 'dlq' }), 'deadLetter: cluster is left out'],
    [() => deadLetter(any({}), { topic: 'dlq' }), 'deadLetter: cluster is another object'],
    [() => deadLetter(cluster, any(undefined)), 'deadLetter is undefined'],
    [() => deadLetter(cluster, any('dlq')), 'deadLetter is "dlq"'],
    [() => deadLetter(cluster, any({ topic: 3 })), 'deadLetter: topic is 3']
  ],
  deadLetterOf: [[() => deadLetterOf(any(undefined)), 'deadLetterOf: record is left out']],
  deadLetterTo: [
    [() => deadLetterTo(any(undefined)), 'deadLetterTo is undefined'],
    [() => deadLetterTo(any({})), 'deadLetterTo: write is left out'],
    [() => deadLetterTo(any({ write: () => undefined, retry: { attempts: 0 } })), 'deadLetterTo: retry.attempts is 0']
  ],
  retryLater: [
    [() => retryLater(any({}), { topic: 'r', tiers: ['1s'], then: 'skip' }), 'retryLater: cluster is another object'],
    [() => retryLater(cluster, any(undefined)), 'retryLater is undefined'],
    [() => retryLater(cluster, any({ topic: 'r', tiers: ['1 s'], then: 'skip' })), 'retryLater: tiers is ["1 s"]'],
    [() => retryLater(cluster, { topic: 'r', tiers: ['1s', '1s'], then: 'skip' }), 'retryLater: tiers is ["1s","1s"]'],
    [() => retryLater(cluster, any({ topic: 'r', tiers: [], then: 'skip' })), 'retryLater: tiers is []'],
    [() => retryLater(cluster, any({ topic: 'a b', tiers: ['1s'], then: 'skip' })), 'retryLater: topic is "a b"'],
    [() => retryLater(cluster, any({ topic: 'r', tiers: ['1s'] })), 'retryLater: then is left out'],
    [() => retryLater(cluster, any({ topic: 'r', tiers: ['1s'], then: 'skip', behind: 'wait' })), 'retryLater: behind is "wait"']
  ],
  retryOf: [[() => retryOf(any(undefined)), 'retryOf: record is left out'], [() => retryOf(any({ value: 'x' })), 'retryOf: record is {"value":"x"}']],
  replayDeadLetters: [
    [() => replayDeadLetters(any(undefined), { topics: ['a'] }), 'replayDeadLetters: cluster is left out'],
    [() => replayDeadLetters(cluster, any({ topics: 'a' })), 'replayDeadLetters: topics is "a"'],
    [() => replayDeadLetters(cluster, any({ topics: ['a'], only: 'x' })), 'replayDeadLetters: only is "x"']
  ],
  transactional: [
    [
      () => transactional(any({}), { 'transactional.id': 'a' }, () => EMPTY),
      'transactional: cluster is another object'
    ],
    [() => transactional(cluster, any({}), () => EMPTY), 'transactional.id is left out'],
    [() => transactional(cluster, any(undefined), () => EMPTY), 'properties is left out'],
    [() => transactional(cluster, any({ 'transactional.id': 'a', 'transaction.timeout.ms': '5' }), () => EMPTY), 'transaction.timeout.ms is "5"'],
    [() => transactional(cluster, any({ 'transactional.id': 'a', acks: 1 }), () => EMPTY), 'acks is 1'],
    [() => transactional(cluster, { 'transactional.id': 'a' }, any(undefined)), 'transactional: project is left out'],
    [() => transactional(cluster, { 'transactional.id': 'a' }, () => EMPTY, any({ every: 3 })), 'transactional: every is']
  ],
  transactionalProducer: [
    [() => transactionalProducer(any('x'), { 'transactional.id': 'a' }), 'transactionalProducer: cluster is string'],
    [() => transactionalProducer(cluster, any({ 'linger.ms': -1 })), 'transactional.id is left out']
  ],
  sink: [
    [() => sink(any(undefined)), 'sink is undefined'],
    [() => sink(any({})), 'sink: write is left out'],
    [() => sink({ write: () => 0, records: any('500') }), 'sink: records is "500"'],
    [() => sink({ write: () => 0, onFailure: any(park({ retry, then: 'skip' })) }), 'sink: onFailure is'],
    [() => sink({ write: () => 0, retry: any({ attempts: 3 }) }), 'sink: retry.backoff is left out'],
    [() => sink(any({ write: () => 0, wihtinMs: 3 })), 'did you mean withinMs?']
  ],
  refused: [[() => refused(any(undefined)), 'refused: refusals is left out'], [() => refused(any([{ index: '3' }])), 'refused: refusals is']],
  aggregate: [[() => aggregate(any(undefined)), 'aggregate: parts is left out'], [() => aggregate(any([1])), 'aggregate: parts is [1]']],
  hold: [[() => { hold(any(undefined)) }, 'record is left out'], [() => { hold(any({ value: 1 })) }, 'record is {"value":1}']],
  isStale: [
    [() => isStale(any(undefined)), 'record is left out'],
    [() => isStale(any('x')), 'record is "x"']
  ],
  release: [[() => { release(any(3)) }, 'record is 3']],
  settle: [[() => { settle(any(null)) }, 'record is null'], [() => { settle(any([])) }, 'record is []']],
  withValue: [[() => withValue(any({ value: 1 }), 2), 'record is {"value":1}'], [() => withValue(any(undefined), 2), 'record is left out']],
  secret: [[() => secret(any(undefined)), 'secret: value is left out'], [() => secret(any({ password: 'hunter2' })), 'secret: value is [redacted]']],
  kafka: [
    [() => kafka(any(undefined)), 'properties is left out'],
    [() => kafka(any('localhost:9092')), 'properties is "localhost:9092"'],
    [() => kafka(any({ 'bootstrap.servers': 9092 })), 'bootstrap.servers is 9092']
  ],
  kafkajs: [
    [() => kafkajs(any(undefined)), 'kafkajs: client is left out'],
    [() => kafkajs(any({ brokers: ['a:1'] })), 'kafkajs: client is {}'],
    [() => kafkajs(any(kafkajsPackage.Kafka)), 'kafkajs: client is a function'],
    [() => kafkajs(instance, any(3)), 'kafkajs: properties is 3'],
    [() => kafkajs(instance, { 'request.timeout.ms': -1 }), 'request.timeout.ms is -1'],
    [() => kafkajs(instance, any({ 'sasl.password': 'hunter2' })), 'sasl.password is given, allowed is one of']
  ],
  metrics: [
    [() => measuring.metrics(any(undefined)), 'metrics is undefined'],
    [() => measuring.metrics(any(null)), 'metrics is null'],
    [() => measuring.metrics(any({ consumers: {} })), 'metrics: consumers is {}'],
    [() => measuring.metrics(any({ consumers: [null] })), 'metrics: consumers is [null]'],
    [() => measuring.metrics(any({ consumers: [{ status: () => 0 }] })), 'metrics: consumers is [{}]'],
    [() => measuring.metrics(any({ producers: [3] })), 'metrics: producers is [3]'],
    [() => measuring.metrics(any({ partitions: 'yes' })), 'metrics: partitions is "yes"'],
    [() => measuring.metrics(any({ targetLagSeconds: '60' })), 'metrics: targetLagSeconds is "60"'],
    [() => measuring.metrics(any({ consumer: [] })), 'did you mean consumers?']
  ],
  registerWith: [
    [() => { measuring.registerWith(any(undefined), measured) }, 'registerWith: registry is left out'],
    [() => { measuring.registerWith({ registerMetric: () => undefined }, any({})) }, 'registerWith: metrics is {}']
  ],
  traceWith: [
    [() => tracing.traceWith(any(undefined)), 'traceWith: api is left out'],
    [() => tracing.traceWith(any({ trace: {} })), 'traceWith: api is {"trace":{}}'],
    [() => tracing.traceWith(otel, any(null)), 'traceWith is null'],
    [() => tracing.traceWith(otel, { tracer: any({}) }), 'traceWith: tracer is {}'],
    [() => tracing.traceWith(otel, { operations: [any('read')] }), 'traceWith: operations is ["read"]'],
    [() => tracing.traceWith(otel, { childOfProducer: any('no') }), 'traceWith: childOfProducer is "no"'],
    [() => tracing.traceWith(otel, any({ operation: [] })), 'did you mean operations?']
  ],
  tracedWorker: [
    [() => tracing.tracedWorker(any({}), () => 0), 'tracedWorker: api is {}'],
    [() => tracing.tracedWorker(otel, any(undefined)), 'tracedWorker: work is left out']
  ],
  observeWith: [
    [() => { measuring.observeWith(any({}), measured) }, 'observeWith: meter is {}'],
    [() => { measuring.observeWith(any(null), any(undefined)) }, 'observeWith: meter is null']
  ],
  prometheusText: [
    [() => measuring.prometheusText(any(undefined)), 'prometheusText: families is left out'],
    [() => measuring.prometheusText(any([3])), 'prometheusText: families is [3]']
  ],
  ScalingMeter: [
    [() => new measuring.ScalingMeter(any(null)), 'ScalingMeter is null'],
    [() => new measuring.ScalingMeter(any(60)), 'ScalingMeter is 60'],
    [() => new measuring.ScalingMeter({ targetLagSeconds: 0 }), 'ScalingMeter: targetLagSeconds is 0']
  ],
  health: [
    [() => measuring.health(any(undefined)), 'health: consumers is left out'],
    [() => measuring.health(any({})), 'health: consumers is {}'],
    [() => measuring.health(any([{}])), 'health: consumers is [{}]']
  ],
  healthHandler: [
    [() => measuring.healthHandler(any(undefined)), 'healthHandler is undefined'],
    [() => measuring.healthHandler(any({})), 'healthHandler: consumers is left out'],
    [() => measuring.healthHandler(any({ consumers: [], metrics: {} })), 'healthHandler: metrics is {}'],
    [() => measuring.healthHandler(any({ consumers: [], metric: measured })), 'did you mean metrics?']
  ],
  terminusIndicator: [
    [() => measuring.terminusIndicator(any(undefined), []), 'terminusIndicator: key is left out'],
    [() => measuring.terminusIndicator('orders', any('orders')), 'terminusIndicator: consumers is "orders"'],
    [() => measuring.terminusIndicator('orders', [], any('ready')), 'terminusIndicator: of is "ready"']
  ],
  toPostgres: [
    [() => postgres.toPostgres(any(undefined), any({})), 'toPostgres: db is left out'],
    [() => postgres.toPostgres(any('postgres://'), any({})), 'toPostgres: db is "postgres://"'],
    [() => postgres.toPostgres(any(pool), any(undefined)), 'toPostgres is undefined'],
    [() => postgres.toPostgres(any(pool), any({ tabel: 'a' })), 'did you mean table?']
  ],
  toHttp: [
    [() => http.toHttp(any(undefined)), 'toHttp is undefined'],
    [() => http.toHttp(any({ url: 3, body: () => '' })), 'toHttp: url is 3'],
    [() => http.toHttp(any({ url: 'http://a/' })), 'toHttp: body is left out']
  ],
  postgresStore: [[() => postgres.postgresStore(any('postgres://')), 'postgresStore is "postgres://"']],
  postgresInbox: [
    [() => postgres.postgresInbox(any(undefined), any({})), 'postgresInbox: db is left out'],
    [() => postgres.postgresInbox(any(pool), any({ id: 'id' })), 'postgresInbox: id is "id"']
  ],
  messageId: [[() => postgres.messageId(any(undefined)), 'messageId is left out']],
  postgresOutbox: [
    [() => postgres.postgresOutbox(any('postgres://'), memoryCluster(), any({})), 'postgresOutbox: db is "postgres://"'],
    [() => postgres.postgresOutbox(any(pool), any({}), any({})), 'postgresOutbox: cluster is '],
    [() => postgres.postgresOutbox(any(pool), memoryCluster(), any({ table: 'a', pol: 3 })), 'pol']
  ],
  sqliteOutbox: [[() => sqlite.sqliteOutbox(any(3), memoryCluster(), any({})), 'sqliteOutbox: db is 3']],
  sqliteStore: [[() => sqlite.sqliteStore(any('orders.db')), 'sqliteStore is "orders.db"']],
  sqliteOffsets: [[() => sqlite.sqliteOffsets(any(3), any({})), 'sqliteOffsets: db is 3']],
  sqliteInbox: [[() => sqlite.sqliteInbox(any(3), any({})), 'sqliteInbox: db is 3']],
  offsetStore: [
    [() => index.offsetStore(any(undefined)), 'offsetStore is undefined'],
    [() => index.offsetStore(any({ group: 'g' })), 'offsetStore: claim is left out']
  ],
  writeOnce: [
    [() => index.writeOnce(any(undefined)), 'writeOnce is undefined'],
    [() => index.writeOnce(any({ store: 3 })), 'writeOnce: store is 3']
  ],
  postgresOffsets: [
    [() => postgres.postgresOffsets(any(undefined), any({})), 'postgresOffsets: db is left out'],
    [() => postgres.postgresOffsets(any(pool), any({})), 'postgresOffsets: group is left out'],
    [() => postgres.postgresOffsets(any(pool), any({ group: 3 })), 'postgresOffsets: group is 3']
  ],
  workers: [
    [() => threads.workers(any(undefined)), 'workers is undefined'],
    [() => threads.workers(any({})), 'workers: file is left out'],
    [() => threads.workers(any({ file: 3 })), 'workers: file is 3'],
    [() => threads.workers({ file: 'a.js', threads: any('4') }), 'workers: threads is "4"'],
    [() => threads.workers(any({ file: 'a.js', thread: 4 })), 'did you mean threads?']
  ],
  writeNdjson: [
    [() => lines.writeNdjson(any(undefined)), 'writeNdjson: path is left out'],
    [() => lines.writeNdjson(any(new Date(0))), 'writeNdjson: path is "1970'],
    [() => lines.writeNdjson('a.ndjson', any({ line: 'value' })), 'writeNdjson: line is "value"'],
    [() => lines.writeNdjson('a.ndjson', { mode: 0o7777 }), 'writeNdjson: mode is'],
    [() => lines.writeNdjson('a.ndjson', any(null)), 'writeNdjson is null']
  ],
  writeNdjsonFiles: [
    [() => lines.writeNdjsonFiles(any(undefined)), 'writeNdjsonFiles: folder is left out'],
    [() => lines.writeNdjsonFiles('a', any({ rotate: { bytes: 0 } })), 'writeNdjsonFiles: rotate.bytes is 0'],
    [() => lines.writeNdjsonFiles('a', any({ gzip: 'yes' })), 'writeNdjsonFiles: gzip is "yes"'],
    [() => lines.writeNdjsonFiles('a', any({ concurrency: 2 })), 'concurrency']
  ],
  memoryCluster: [
    [() => memoryCluster(any('x')), 'memoryCluster is "x"'],
    [() => memoryCluster(any(null)), 'memoryCluster is null'],
    [() => memoryCluster(any({ topics: 'orders' })), 'memoryCluster: topics is "orders"'],
    [() => memoryCluster(any({ topics: { orders: '3' } })), 'memoryCluster: topics is {"orders":"3"}'],
    [() => memoryCluster(any({ time: Date })), 'memoryCluster: time is a function'],
    [() => memoryCluster(any({ seed: '1' })), 'memoryCluster: seed is "1"'],
    [() => memoryCluster(any({ topcis: {} })), 'did you mean topics?']
  ]
}

/** They take nothing, or take anything. */
const takesAnything = ['ack', 'describeFault']
/** Their tables stand with the producer's tests. */
const producing = ['producer', 'produceTo']
/** Made by the library, or with `new` of what is a fault. */
const classes = ['HttpStatusError', 'Carried', 'ConsumerError', 'ConsumerRecord', 'Secret']

const faultOf = (call: () => unknown): Fault | string => {
  try {
    call()
    return 'nothing was refused'
  } catch (error) {
    return error instanceof ConsumerError ? error.fault : `it threw ${String(error)}`
  }
}

describe('wrong arguments of a function', () => {
  it.each(Object.entries(wrong).flatMap(([name, calls]) => calls.map(([call, says]) => [name, says, call] as const)))(
    '%s: is refused by the call, with a fault that says: %s',
    (_name, says, call) => {
      const fault = faultOf(call)
      if (typeof fault === 'string') expect.fail(fault)
      expect(fault._tag).toBe('ConfigFault')
      const text = describeFault(fault)
      expect(text).toContain(says)
      expect(text).toMatch(/allowed is |did you mean /)
      expect(text).not.toContain('hunter2')
    }
  )

  it('has a table for every function of the package', () => {
    const exported = {
      ...index,
      ...entry,
      ...other,
      ...measuring,
      ...postgres,
      ...http,
      ...sqlite,
      ...threads,
      ...lines,
      ...tracing
    }
    const functions = Object.entries(exported).flatMap(([name, value]) => (typeof value === 'function' ? [name] : []))
    const listed = [
      ...Object.keys(wrong).filter((name) => name !== 'memoryCluster'),
      ...takesAnything,
      ...producing,
      ...classes
    ]
    expect(listed.sort()).toEqual(functions.sort())
  })

  it.each([undefined, null, 3, 'x', {}, { _tag: 'None' }, { _tag: 'ConfigFault' }])(
    'describeFault describes %j too',
    (given) => {
      expect(faultOf(() => describeFault(any(given)))).toBe('nothing was refused')
      expect(faultOf(() => new ConsumerError(any(given)))).toBe('nothing was refused')
    }
  )

  it('lists all problems at once', () => {
    const fault = faultOf(() => consumer(any(3), any({ 'group.id': 3, subscription: 4 })))
    expect(fault).toMatchObject({
      problems: [{ property: 'consumer: cluster' }, { property: 'subscription' }, { property: 'group.id' }]
    })
  })
})

const place = { topic: 'orders', partition: 0 }
const long = 'x'.repeat(32_768)

/** What a running consumer is asked wrong, by method. */
const asked: Readonly<Record<string, readonly (readonly [call: (orders: Consumer) => unknown, says: string])[]>> = {
  seek: [
    [
      (orders) => {
        orders.seek(place, any({ offset: 3 }))
      },
      'seek: position is {"offset":3}'
    ],
    [
      (orders) => {
        orders.seek(place, any('begin'))
      },
      'seek: position is "begin"'
    ],
    [
      (orders) => {
        orders.seek(place, { offset: -1n })
      },
      'seek: position is {"offset":"-1n"}'
    ],
    [
      (orders) => {
        orders.seek(place, { offset: 2n ** 63n })
      },
      'seek: position is'
    ],
    [
      (orders) => {
        orders.seek(place, { timestamp: NaN })
      },
      'seek: position is {"timestamp":null}'
    ],
    [
      (orders) => {
        orders.seek(place, any({ timestamp: new Date() }))
      },
      'seek: position is'
    ],
    [
      (orders) => {
        orders.seek(place, any(undefined))
      },
      'seek: position is left out'
    ],
    [
      (orders) => {
        orders.seek(place, any({}))
      },
      'seek: position is {}'
    ],
    [
      (orders) => {
        orders.seek(any('orders'), 'end')
      },
      'seek: partition is "orders"'
    ],
    [
      (orders) => {
        orders.seek(any({ topic: 'orders', partition: '0' }), 'end')
      },
      'seek: partition.partition is "0"'
    ],
    [
      (orders) => {
        orders.seek(any({ partition: 0 }), 'end')
      },
      'seek: partition.topic is left out'
    ]
  ],
  commitSync: [
    [(orders) => orders.commitSync(any([{ ...place, offset: 3 }])), 'commitSync: offsets[0].offset is 3'],
    [(orders) => orders.commitSync(any([{ ...place, offset: '3' }])), 'commitSync: offsets[0].offset is "3"'],
    [(orders) => orders.commitSync([{ ...place, offset: -1n }]), 'commitSync: offsets[0].offset is -1n'],
    [(orders) => orders.commitSync([{ ...place, offset: 1n, metadata: long }]), 'commitSync: offsets[0].metadata is'],
    [
      (orders) => orders.commitSync([{ ...place, offset: 1n, metadata: 'ä'.repeat(20_000) }]),
      'commitSync: offsets[0].metadata is'
    ],
    [
      (orders) => orders.commitSync(any([{ ...place, offset: 1n, metadata: {} }])),
      'commitSync: offsets[0].metadata is {}'
    ],
    [(orders) => orders.commitSync(any([null])), 'commitSync: offsets[0] is null'],
    [(orders) => orders.commitSync(any({ ...place, offset: 1n })), 'commitSync: offsets is'],
    [(orders) => orders.commitSync(any(new Map())), 'commitSync: offsets is {}']
  ],
  commitAsync: [
    [
      (orders) => {
        orders.commitAsync(any(3))
      },
      'commitAsync: offsets is 3'
    ],
    [
      (orders) => {
        orders.commitAsync(any([{ ...place, offset: 3 }]))
      },
      'commitAsync: offsets[0].offset is 3'
    ],
    [
      (orders) => {
        orders.commitAsync(undefined, any('done'))
      },
      'commitAsync: callback is "done"'
    ],
    [
      (orders) => {
        orders.commitAsync(any(3), any({}))
      },
      'commitAsync: callback is {}'
    ]
  ],
  subscribe: [
    [
      (orders) => {
        orders.subscribe(any({ topics: ['orders'] }))
      },
      'subscribe is {"topics":["orders"]}'
    ]
  ],
  resubscribe: [
    [
      (orders) => {
        orders.resubscribe(any('orders'))
      },
      'subscription is "orders"'
    ],
    [
      (orders) => {
        orders.resubscribe(any(undefined))
      },
      'subscription is left out'
    ]
  ],
  pause: [
    [
      (orders) => {
        orders.pause(any('orders'))
      },
      'pause: partitions is "orders"'
    ],
    [
      (orders) => {
        orders.pause(any([{ topic: 'orders' }]))
      },
      'pause: partitions[0].partition is left out'
    ],
    [
      (orders) => {
        orders.pause(any([place, undefined]))
      },
      'pause: partitions[1] is left out'
    ],
    [
      (orders) => {
        orders.pause(any(place))
      },
      'pause: partitions is'
    ]
  ],
  resume: [
    [
      (orders) => {
        orders.resume(any(0))
      },
      'resume: partitions is 0'
    ],
    [
      (orders) => {
        orders.resume(any([{ topic: 'orders', partition: -1 }]))
      },
      'resume: partitions[0].partition is -1'
    ]
  ],
  committed: [[(orders) => orders.committed(any('orders')), 'committed: partitions is "orders"']],
  beginningOffsets: [
    [(orders) => orders.beginningOffsets(any([{}])), 'beginningOffsets: partitions[0].topic is left out']
  ],
  endOffsets: [[(orders) => orders.endOffsets(any(undefined)), 'endOffsets: partitions is left out']],
  offsetsForTimes: [
    [(orders) => orders.offsetsForTimes(any(undefined)), 'offsetsForTimes: queries is left out'],
    [
      (orders) => orders.offsetsForTimes([{ ...place, timestamp: NaN }]),
      'offsetsForTimes: queries[0].timestamp is NaN'
    ],
    [
      (orders) => orders.offsetsForTimes(any([{ ...place, timestamp: 1n }])),
      'offsetsForTimes: queries[0].timestamp is 1n'
    ]
  ],
  statusUpdates: [[(orders) => orders.statusUpdates(any({ everyMs: '5' })), 'statusUpdates: everyMs is "5"']],
  positionUpdates: [
    [(orders) => orders.positionUpdates(any({ everyMs: '5' })), 'positionUpdates: everyMs is "5"'],
    [(orders) => orders.positionUpdates({ everyMs: 0 }), 'positionUpdates: everyMs is 0'],
    [(orders) => orders.positionUpdates(any(5_000)), 'positionUpdates is 5000']
  ],
  drain: [
    [(orders) => orders.drain(any({ timeoutMs: 'x' })), 'drain: timeoutMs is "x"'],
    [(orders) => orders.drain({ timeoutMs: -1 }), 'drain: timeoutMs is -1'],
    [(orders) => orders.drain({ timeoutMs: NaN }), 'drain: timeoutMs is NaN'],
    [(orders) => orders.drain(any({ timeout: 5 })), 'did you mean timeoutMs?'],
    [(orders) => orders.drain(any(1_000)), 'drain is 1000'],
    [(orders) => orders.drain(any(null)), 'drain is null']
  ],
  close: [
    [(orders) => orders.close(any({ leaveGroup: 'no' })), 'close: leaveGroup is "no"'],
    [(orders) => orders.close(any({ timeoutMs: '5s' })), 'close: timeoutMs is "5s"'],
    [(orders) => orders.close(any('now')), 'close is "now"']
  ]
}

const acl = {
  resource: 'TOPIC',
  name: 'a',
  pattern: 'LITERAL',
  principal: 'User:a',
  host: '*',
  operation: 'READ',
  permission: 'ALLOW'
}

/** What an admin client is asked wrong, by method. */
const administered: Readonly<
  Record<string, readonly (readonly [call: (admin: EitherAdmin) => Step<unknown>, says: string])[]>
> = {
  // prettier-ignore
  describeTopics: [
    [(admin) => admin.describeTopics(any('orders')), 'describeTopics: topics is "orders"'],
    [(admin) => admin.describeTopics(any(['a', 3])), 'describeTopics: topics[1] is 3']
  ],
  createTopics: [
    [(admin) => admin.createTopics(any([{ topic: 'a' }])), 'createTopics: topics[0].partitions is left out']
  ],
  deleteTopics: [[(admin) => admin.deleteTopics(any([''])), 'deleteTopics: topics[0] is ""']],
  createPartitions: [
    [
      (admin) => admin.createPartitions(any([{ topic: 'a', partitions: '2' }])),
      'createPartitions: topics[0].partitions is "2"'
    ],
    [
      (admin) => admin.createPartitions(any([{ topic: 'a', partitions: 2, count: 3 }])),
      'createPartitions: topics[0].count'
    ]
  ],
  deleteRecords: [
    [(admin) => admin.deleteRecords(any([{ ...place, before: 3 }])), 'deleteRecords: partitions[0].before is 3'],
    [(admin) => admin.deleteRecords(any([{ ...place, before: -1n }])), 'deleteRecords: partitions[0].before is -1n']
  ],
  listOffsets: [
    [(admin) => admin.listOffsets(any([{ ...place, at: 'latest' }])), 'listOffsets: partitions[0].at is "latest"'],
    [(admin) => admin.listOffsets(any([{ at: 'end' }])), 'listOffsets: partitions[0].topic is left out']
  ],
  describeGroups: [[(admin) => admin.describeGroups(any('g')), 'describeGroups: groupIds is "g"']],
  deleteGroups: [[(admin) => admin.deleteGroups(any([undefined])), 'deleteGroups: groupIds[0] is left out']],
  fetchOffsets: [[(admin) => admin.fetchOffsets(any(undefined)), 'fetchOffsets: groupId is left out']],
  fetchShareOffsets: [[(admin) => admin.fetchShareOffsets(any(3)), 'fetchShareOffsets: groupId is 3']],
  setShareOffsets: [
    [(admin) => admin.setShareOffsets('', []), 'setShareOffsets: groupId is ""'],
    [(admin) => admin.setShareOffsets('g', any([{ ...place, offset: 3 }])), 'setShareOffsets: offsets[0].offset is 3']
  ],
  deleteShareOffsets: [
    [(admin) => admin.deleteShareOffsets('g', any('orders')), 'deleteShareOffsets: topics is "orders"']
  ],
  setOffsets: [
    [(admin) => admin.setOffsets('', []), 'setOffsets: groupId is ""'],
    [(admin) => admin.setOffsets('g', any([{ ...place, offset: 3 }])), 'setOffsets: offsets[0].offset is 3'],
    [(admin) => admin.setOffsets('g', [{ ...place, offset: 3n, metadata: long }]), 'setOffsets: offsets[0].metadata is']
  ],
  resetOffsets: [
    [(admin) => admin.resetOffsets('g', any('orders'), 'end'), 'resetOffsets: topics is "orders"'],
    [(admin) => admin.resetOffsets('g', ['orders'], any({ offset: 3n })), 'resetOffsets: to is {"offset":"3n"}'],
    [(admin) => admin.resetOffsets('g', ['orders'], { timestamp: NaN }), 'resetOffsets: to is {"timestamp":null}']
  ],
  describeConfigs: [
    [
      (admin) => admin.describeConfigs(any([{ type: 'client', name: 'g' }])),
      'describeConfigs: resources[0].type is "client"'
    ],
    [
      (admin) => admin.describeConfigs(any([{ type: 'topic', name: 'a', names: [] }])),
      'describeConfigs: resources[0].names'
    ]
  ],
  alterConfigs: [
    [
      (admin) => admin.alterConfigs(any([{ type: 'topic', name: 'a', set: { x: 3 } }])),
      'alterConfigs: changes[0].set is {"x":3}'
    ],
    [
      (admin) => admin.alterConfigs(any([{ type: 'topic', name: 'a', unset: 'x' }])),
      'alterConfigs: changes[0].unset is "x"'
    ]
  ],
  describeAcls: [
    [(admin) => admin.describeAcls(any({ operation: 'read' })), 'describeAcls: filter.operation is "read"'],
    [(admin) => admin.describeAcls(any('all')), 'describeAcls: filter is "all"']
  ],
  createAcls: [
    [(admin) => admin.createAcls(any([{ ...acl, host: undefined }])), 'createAcls: acls[0].host is left out'],
    [(admin) => admin.createAcls(any([{ ...acl, permission: 'MAYBE' }])), 'createAcls: acls[0].permission is "MAYBE"'],
    [(admin) => admin.createAcls(any(acl)), 'createAcls: acls is']
  ],
  deleteAcls: [
    [(admin) => admin.deleteAcls(any(undefined)), 'deleteAcls: filter is undefined'],
    [(admin) => admin.deleteAcls(any({ principle: 'User:a' })), 'did you mean principal?']
  ]
}

describe('wrong arguments of an admin client', () => {
  it.each(
    Object.entries(administered).flatMap(([name, calls]) => calls.map(([call, says]) => [name, says, call] as const))
  )(
    // prettier-ignore
    '%s: is refused with a fault that says: %s',
    async (_name, says, call) => {
      const admin = cluster.admin()
      const answer = await firstValueFrom(call(admin.either))
      if (!isLeft(answer)) expect.fail('not refused')
      const { left: fault } = answer as { readonly left: Fault }
      expect(fault._tag).toBe('ConfigFault')
      await expect(call(any(admin))).rejects.toMatchObject({ fault })
      expect(describeFault(fault)).toContain(says)
    }
  )

  it('has a table for each method that takes anything', () => {
    const methods = Object.keys(cluster.admin().either).filter(
      (name) => !['_tag', 'describeCluster', 'listTopics', 'listGroups', 'close'].includes(name)
    )
    expect(Object.keys(administered).sort()).toEqual(methods.sort())
  })

  it.each([cluster, kafka({ 'bootstrap.servers': 'a:1' })])('refuses wrong properties when it is created', (one) => {
    expect(faultOf(() => one.admin(any({ timeout: 5 })))).toMatchObject({ problems: [{ property: 'admin: timeout' }] })
    expect(faultOf(() => one.admin({ 'default.api.timeout.ms': 0 }))).toMatchObject({
      problems: [{ property: 'admin: default.api.timeout.ms', given: '0' }]
    })
  })
})

describe('wrong arguments of a running consumer', () => {
  it.each(Object.entries(asked).flatMap(([name, calls]) => calls.map(([call, says]) => [name, says, call] as const)))(
    '%s: is refused with a fault that says: %s, and the consumer continues',
    async (_name, says, call) => {
      const { clock, cluster: own, orders, committed, events, commits } = rig(1, { 'enable.auto.commit': false }, 3)
      const seen: bigint[] = []
      const errors: unknown[] = []
      orders.pipe(mergeAll()).subscribe({
        next: (record) => {
          seen.push(record.offset)
          acknowledge(record)
        },
        error: (error: unknown) => errors.push(error)
      })
      clock.advance(100)
      let thrown: unknown = null
      try {
        await call(orders)
      } catch (error) {
        thrown = error
      }
      if (!(thrown instanceof ConsumerError)) expect.fail(`not refused: ${String(thrown)}`)
      expect(thrown.fault._tag).toBe('ConfigFault')
      expect(thrown.message).toContain(says)
      own.produce('orders', { value: '3' })
      clock.advance(1_000)
      orders.commitAsync()
      clock.advance(1_000)
      expect([seen, committed(), errors, events]).toEqual([[0n, 1n, 2n, 3n], [4n], [], []])
      expect(commits.map(({ _tag }) => _tag)).toEqual(['stored'])
    }
  )

  it('has a table for each method that takes anything', () => {
    const methods = new Set<string>()
    for (
      let proto: object = Object.getPrototypeOf(rig(1).orders) as object;
      'positions' in proto && Object.hasOwn(proto, 'positions');
      proto = Object.getPrototypeOf(proto) as object
    )
      // prettier-ignore
      for (const name of Object.getOwnPropertyNames(proto)) methods.add(name)
    for (const name of ['constructor', 'positions', 'status', 'commit', 'ended', 'subscribed', 'start'])
      methods.delete(name)
    expect([...methods].sort()).toEqual(Object.keys(asked).sort())
  })

  it('accepts metadata that a request can hold, and leaves the limit to the cluster', async () => {
    const { clock, orders, committed } = rig(1, { 'enable.auto.commit': false }, 3)
    orders.pipe(mergeAll()).subscribe()
    clock.advance(100)
    const refused = orders
      .commitSync([{ ...place, offset: 2n, metadata: 'x'.repeat(4_097) }])
      .catch((error: unknown) => error)
    clock.advance(100)
    expect(await refused).toMatchObject({ fault: { _tag: 'BrokerFault', name: 'OFFSET_METADATA_TOO_LARGE', ...place } })
    expect(committed()).toEqual([null])
    const taken = orders.commitSync([{ ...place, offset: 2n, metadata: 'ä'.repeat(4_096) }])
    clock.advance(100)
    expect(await taken).toEqual([{ ...place, offset: 2n }])
  })

  it('says what is wrong with the positions that startFrom returned', () => {
    const answers: readonly (readonly [unknown, string])[] = [
      [3, 'it failed'],
      [of(3), 'it returned no list'],
      [of(['x']), 'positions[0] is "x"'],
      [of([{ ...place, from: { offset: 3 } }]), 'positions[0].from is {"offset":3}'],
      [of([{ ...place, from: 3n }]), 'positions[0].from is 3n'],
      [of([{ topic: 'orders', partition: '0', from: 'end' }]), 'positions[0].partition is "0"']
    ]
    for (const [answer, says] of answers) {
      const made = rig(1, { startFrom: () => any(answer) }, 3)
      const errors: unknown[] = []
      made.orders.pipe(mergeAll(), ack()).subscribe({ error: (error: unknown) => errors.push(error) })
      made.clock.advance(60_000)
      expect(errors).toMatchObject([{ fault: { _tag: 'StartFromFault', reason: expect.stringContaining(says) } }])
    }
  })
})

describe.each([
  ['the embedded cluster', cluster],
  ['a real one, before anything is connected', kafka({ 'bootstrap.servers': 'localhost:1' })]
] as const)('createTopics of %s', (_which, on) => {
  it.each([
    [undefined, 'createTopics: topics is left out'],
    ['orders', 'createTopics: topics is "orders"'],
    [['orders'], 'createTopics: topics[0] is "orders"'],
    [[{ topic: 3, partitions: 1 }], 'createTopics: topics[0].topic is 3'],
    [[{ topic: 'a', partitions: '1' }], 'createTopics: topics[0].partitions is "1"'],
    [[{ topic: 'a' }], 'createTopics: topics[0].partitions is left out'],
    [[{ topic: 'a', partitions: 1, config: { x: 3 } }], 'createTopics: topics[0].config is {"x":3}'],
    [[{ topic: 'a', partitions: 1, replicationFactor: 1e9 }], 'createTopics: topics[0].replicationFactor is 1000000000']
  ])('given %j says: %s', (topics, says) => {
    const answers: string[] = []
    on.createTopicsEither(any(topics)).subscribe((answer) =>
      answers.push(isLeft(answer) ? describeFault(answer.left) : 'made')
    )
    expect(answers).toEqual([expect.stringContaining(says)])
  })
})
