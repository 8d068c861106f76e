import { type ArgumentRule, withMethods } from '../model/check-arguments.js'

const parts = { context: ['active', 'with'], trace: ['getTracer', 'setSpan'], propagation: ['inject', 'extract'] }
/** All of `@opentelemetry/api`, by shape. */
export const anApi: ArgumentRule = {
  allowed: 'all of @opentelemetry/api: import * as api',
  holds: (given: unknown): boolean =>
    Object.entries(parts).every(([part, methods]) => {
      const found: unknown =
        typeof given === 'object' && given !== null ? (given as Readonly<Record<string, unknown>>)[part] : undefined
      return withMethods('', ...methods).holds(found)
    })
}
