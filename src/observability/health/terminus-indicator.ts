import { aName, problemsWith, refuseWrong } from '../../model/check-arguments.js'
import { health, type HealthSource, sources } from './health.js'

/** What @nestjs/terminus's `HealthCheckService.check` takes from an indicator. */
export type IndicatorResult = Readonly<
  Record<string, { readonly status: 'up' | 'down'; readonly reasons: readonly string[] }>
>

/**
 * An indicator for @nestjs/terminus, by shape: `down` if the consumers are not live, or for `readiness`, not ready.
 *
 * @throws ConsumerError with a `ConfigFault`
 *
 * @example
 * health.check([terminusIndicator('orders', [orders], 'readiness')])
 */
export const terminusIndicator = (
  key: string,
  consumers: readonly HealthSource[],
  of: 'liveness' | 'readiness' = 'liveness'
): (() => IndicatorResult) => {
  refuseWrong(
    problemsWith('terminusIndicator: key', key, aName),
    problemsWith('terminusIndicator: consumers', consumers, sources),
    problemsWith('terminusIndicator: of', of, kinds)
  )
  return () => {
    const { live, ready, reasons } = health(consumers)
    return { [key]: { status: (of === 'liveness' ? live : ready) ? 'up' : 'down', reasons } }
  }
}

const kinds = {
  allowed: 'liveness, readiness',
  holds: (given: unknown): boolean => given === 'liveness' || given === 'readiness'
}
