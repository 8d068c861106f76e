import type { MetricName } from './catalog.js'
import type { Labels, Sample, Samples } from './samples.js'

interface Counter {
  readonly name: MetricName
  readonly labels: Labels
  readonly suffix: Sample['suffix']
  value: number
}

/** The counters of one source, by name and labels. */
export class Counters {
  private readonly common: Labels
  private readonly counters = new Map<string, Counter>()

  /** `common`: the labels that all of them have */
  constructor(common: Labels) {
    this.common = common
  }

  count(name: MetricName, more: Labels, by = 1, suffix: Counter['suffix'] = ''): void {
    const labels = { ...this.common, ...more }
    const key = name + suffix + JSON.stringify(labels)
    const counter = this.counters.get(key) ?? { name, labels, suffix, value: 0 }
    this.counters.set(key, counter)
    counter.value += by
  }

  collect(samples: Samples): void {
    for (const { name, labels, value, suffix } of this.counters.values()) samples.add(name, labels, value, suffix)
  }
}
