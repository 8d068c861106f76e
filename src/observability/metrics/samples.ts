import { type MetricDescription, type MetricName, metricCatalog } from './catalog.js'

/** The labels of a value, by their names. */
export type Labels = Readonly<Record<string, string>>

/** One value of a metric; in a histogram the name ends with `_bucket`, `_sum` or `_count`. */
export interface Sample {
  /** what follows the metric's name; only histograms have one */
  readonly suffix: '' | '_bucket' | '_sum' | '_count'
  readonly labels: Labels
  readonly value: number
}

/** A metric with its values. */
export interface MetricFamily extends MetricDescription {
  readonly name: MetricName
  readonly samples: readonly Sample[]
}

/** Collects values; those with equal labels are added up, or their maximum is taken. */
export class Samples {
  private readonly families = new Map<MetricName, Map<string, Sample>>()

  add(name: MetricName, labels: Labels, value: number, suffix: Sample['suffix'] = ''): void {
    this.put(name, labels, suffix, value, (known) => known + value)
  }

  most(name: MetricName, labels: Labels, value: number): void {
    this.put(name, labels, '', value, (known) => Math.max(known, value))
  }

  get all(): readonly MetricFamily[] {
    return [...this.families].map(([name, samples]) => ({
      name,
      ...metricCatalog[name],
      samples: [...samples.values()]
    }))
  }

  private put(
    name: MetricName,
    labels: Labels,
    suffix: Sample['suffix'],
    value: number,
    joined: (known: number) => number
  ): void {
    const family = this.families.get(name) ?? new Map<string, Sample>()
    this.families.set(name, family)
    const key = suffix + JSON.stringify(labels)
    const known = family.get(key)
    family.set(key, { suffix, labels, value: known === undefined ? value : joined(known.value) })
  }
}
