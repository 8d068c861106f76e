import { health, type HealthSource } from './health.js'

/** What @nestjs/terminus's `HealthCheckService.check` takes from an indicator. */
export type IndicatorResult = Readonly<
  Record<string, { readonly status: 'up' | 'down'; readonly reasons: readonly string[] }>
>

/**
 * An indicator for @nestjs/terminus, by shape: `down` where the consumers are not live, or, of `readiness`, not ready.
 *
 * @example
 * health.check([terminusIndicator('orders', [orders], 'readiness')])
 */
export const terminusIndicator =
  (key: string, consumers: readonly HealthSource[], of: 'liveness' | 'readiness' = 'liveness') =>
  (): IndicatorResult => {
    const { live, ready, reasons } = health(consumers)
    return { [key]: { status: (of === 'liveness' ? live : ready) ? 'up' : 'down', reasons } }
  }
