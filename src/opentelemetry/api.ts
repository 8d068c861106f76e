/** OpenTelemetry's `Context`. */
export interface OtelContext {
  getValue(key: symbol): unknown
  setValue(key: symbol, value: unknown): OtelContext
  deleteValue(key: symbol): OtelContext
}

/** The part of OpenTelemetry's `SpanContext` that is needed. */
export interface OtelSpanContext {
  readonly traceId: string
  readonly spanId: string
  readonly traceFlags: number
}

/** OpenTelemetry's `Attributes`. */
export type OtelAttributes = Readonly<Record<string, string | number | boolean>>

/** The target of a span's link. */
export interface OtelLink {
  readonly context: OtelSpanContext
  readonly attributes?: OtelAttributes
}

/** The part of OpenTelemetry's `Span` that is needed. */
export interface OtelSpan {
  spanContext(): OtelSpanContext
  setAttributes(attributes: OtelAttributes): unknown
  setStatus(status: { readonly code: number; readonly message?: string }): unknown
  end(): void
}

/** The initial data of a span. */
export interface OtelSpanOptions {
  readonly kind: number
  readonly attributes: OtelAttributes
  readonly links: OtelLink[]
  readonly startTime?: number
}

/** The part of OpenTelemetry's `Tracer` that is needed. */
export interface OtelTracer {
  startSpan(name: string, options: OtelSpanOptions, context: OtelContext): OtelSpan
}

interface Getter {
  keys(carrier: Readonly<Record<string, string>>): string[]
  get(carrier: Readonly<Record<string, string>>, key: string): string | undefined
}

export interface Setter {
  set(carrier: Record<string, string>, key: string, value: string): void
}

/** The part of `@opentelemetry/api` that is needed: `import * as api from '@opentelemetry/api'` fits. */
export interface OpenTelemetryApi {
  readonly ROOT_CONTEXT: OtelContext
  readonly context: {
    active(): OtelContext
    with<A>(context: OtelContext, call: () => A): A
  }
  readonly trace: {
    getTracer(name: string): OtelTracer
    setSpan(context: OtelContext, span: OtelSpan): OtelContext
    getSpanContext(context: OtelContext): OtelSpanContext | undefined
  }
  readonly propagation: {
    extract(context: OtelContext, carrier: Readonly<Record<string, string>>, getter: Getter): OtelContext
    inject(context: OtelContext, carrier: Record<string, string>, setter: Setter): void
    fields(): string[]
  }
}
