import type { AckTarget } from '../model/acknowledgement.js'
import { BranchTarget } from '../internal/branch-target.js'
import type { SentHeader } from '../internal/trace-channels.js'
import { recordsOf } from '../model/aggregate.js'
import { type Carried, targetIn } from '../model/carried.js'
import { ConsumerRecord } from '../model/consumer-record.js'
import type { OpenTelemetryApi, OtelContext, OtelLink, OtelSpanContext } from './api.js'
import { carrierOf, factAttributes, getter } from './conventions.js'

interface OfRecord {
  /** of the pipeline itself */
  main: OtelContext | null
  readonly branches: WeakMap<AckTarget, OtelContext>
}

/** The contexts of records: that of their headers, and after a handler that of its span. */
export class Contexts {
  private readonly api: OpenTelemetryApi
  private readonly records = new WeakMap<ConsumerRecord, OfRecord>()
  /** of values made from several records */
  private readonly aggregates = new WeakMap<AckTarget, OtelContext>()

  constructor(api: OpenTelemetryApi) {
    this.api = api
  }

  /** The context in the record's headers, in which it was produced. */
  created(record: ConsumerRecord<unknown, unknown>): OtelContext {
    return this.extracted(record.source.headers)
  }

  extracted(headers: readonly SentHeader[]): OtelContext {
    const { ROOT_CONTEXT, propagation } = this.api
    return headers.length === 0 ? ROOT_CONTEXT : propagation.extract(ROOT_CONTEXT, carrierOf(headers), getter)
  }

  /** Links to the contexts in which these records were produced. */
  linksTo(records: Iterable<ConsumerRecord<unknown, unknown>>): OtelLink[] {
    const links: OtelLink[] = []
    for (const record of records) {
      const context = this.spanIn(this.created(record))
      const { partition, offset } = record
      if (context !== null) links.push({ context, attributes: factAttributes({ partition, offset }) })
    }
    return links
  }

  spanIn(context: OtelContext): OtelSpanContext | null {
    const span = this.api.trace.getSpanContext(context)
    return span === undefined || /^0*$/.test(span.traceId) ? null : span
  }

  /** Whether the context is that of one of its records: one that was copied with its headers. */
  isFrom(carried: Carried<unknown>, { traceId, spanId }: OtelSpanContext): boolean {
    return recordsOf(carried).some((record) => {
      const span = this.spanIn(this.created(record))
      return span?.traceId === traceId && span.spanId === spanId
    })
  }

  /** A handler processes the value in this context. */
  note(carried: Carried<unknown>, context: OtelContext): void {
    if (carried instanceof ConsumerRecord) this.noteRecord(carried as ConsumerRecord<unknown, unknown>, context)
    else {
      this.aggregates.set(targetIn(carried), context)
      for (const record of recordsOf(carried)) this.noteRecord(record, context)
    }
  }

  /** The context for further work on it: of the last handler, otherwise of the headers. */
  of(carried: Carried<unknown>): OtelContext {
    if (!(carried instanceof ConsumerRecord)) return this.aggregates.get(targetIn(carried)) ?? this.api.ROOT_CONTEXT
    const record = carried as ConsumerRecord<unknown, unknown>
    const known = this.records.get(record.source)
    return known?.branches.get(targetIn(record)) ?? known?.main ?? this.created(record)
  }

  private noteRecord(record: ConsumerRecord<unknown, unknown>, context: OtelContext): void {
    const known = this.records.get(record.source) ?? { main: null, branches: new WeakMap<AckTarget, OtelContext>() }
    this.records.set(record.source, known)
    const target = targetIn(record)
    // Handlers of one branch do not count for other branches of the same record.
    if (target instanceof BranchTarget) known.branches.set(target, context)
    else known.main = context
  }
}
