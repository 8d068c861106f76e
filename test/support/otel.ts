import { AsyncLocalStorage } from 'node:async_hooks'
import type {
  OpenTelemetryApi,
  OtelAttributes,
  OtelContext,
  OtelLink,
  OtelSpanContext
} from '../../src/opentelemetry.js'

/** A span that has ended. */
export interface EndedSpan {
  readonly name: string
  readonly kind: number
  readonly traceId: string
  readonly spanId: string
  readonly parentId: string | null
  readonly attributes: OtelAttributes
  readonly links: readonly OtelLink[]
  readonly status: { readonly code: number; readonly message?: string }
}

class MapContext implements OtelContext {
  private readonly values: ReadonlyMap<symbol, unknown>

  constructor(values: ReadonlyMap<symbol, unknown> = new Map()) {
    this.values = values
  }
  getValue(key: symbol): unknown {
    return this.values.get(key)
  }
  setValue(key: symbol, value: unknown): OtelContext {
    return new MapContext(new Map([...this.values, [key, value]]))
  }
  deleteValue(key: symbol): OtelContext {
    return new MapContext(new Map([...this.values].filter(([name]) => name !== key)))
  }
}

const spanKey = Symbol('span')
const stateKey = Symbol('state')

/** OpenTelemetry in memory: a context manager, the W3C propagator, and a tracer that keeps the spans that have ended. */
export const otelInMemory = (): OpenTelemetryApi & { readonly ended: readonly EndedSpan[] } => {
  const storage = new AsyncLocalStorage<OtelContext>()
  const root = new MapContext()
  const ended: EndedSpan[] = []
  let last = 0
  const nextId = (length: number): string => (++last).toString(16).padStart(length, '0')
  const contextOf = (context: OtelContext): OtelSpanContext | undefined =>
    context.getValue(spanKey) as OtelSpanContext | undefined
  return {
    ended,
    ROOT_CONTEXT: root,
    context: {
      active: () => storage.getStore() ?? root,
      with: (context, call) => storage.run(context, call)
    },
    trace: {
      getTracer: () => ({
        startSpan: (name, { kind, attributes, links }, context) => {
          const parent = contextOf(context)
          const spanId = nextId(16)
          const own = { traceId: parent?.traceId ?? nextId(32), spanId, traceFlags: 1 }
          let all = attributes
          let status: EndedSpan['status'] = { code: 0 }
          return {
            spanContext: () => own,
            setAttributes: (more) => (all = { ...all, ...more }),
            setStatus: (given) => (status = given),
            end: () => {
              const parentId = parent?.spanId ?? null
              ended.push({ name, kind, traceId: own.traceId, spanId, parentId, attributes: all, links, status })
            }
          }
        }
      }),
      setSpan: (context, span) => context.setValue(spanKey, span.spanContext()),
      getSpanContext: contextOf
    },
    propagation: {
      fields: () => ['traceparent', 'tracestate'],
      extract: (context, carrier, getter) => {
        const found = /^00-([0-9a-f]{32})-([0-9a-f]{16})-01$/.exec(getter.get(carrier, 'traceparent') ?? '')
        if (found === null) return context
        const [, traceId = '', spanId = ''] = found
        const made = context.setValue(spanKey, { traceId, spanId, traceFlags: 1 })
        const state = getter.get(carrier, 'tracestate')
        return state === undefined ? made : made.setValue(stateKey, state)
      },
      inject: (context, carrier, setter) => {
        const span = contextOf(context)
        if (span === undefined) return
        setter.set(carrier, 'traceparent', `00-${span.traceId}-${span.spanId}-01`)
        const state = context.getValue(stateKey)
        if (typeof state === 'string') setter.set(carrier, 'tracestate', state)
      }
    }
  }
}
