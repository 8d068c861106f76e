import type { Reporter, TestModule } from 'vitest/node'

/** Says how it went in one plain line, the last of the run. */
export default class ClosingLineReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const counts = { passed: 0, failed: 0, skipped: 0 }
    for (const module of modules) {
      let any = false
      for (const test of module.children.allTests()) {
        any = true
        const { state } = test.result()
        if (state === 'pending') counts.failed++
        else counts[state]++
      }
      // A file that could not be loaded has no tests that could fail.
      if (!any && module.state() === 'failed') counts.failed++
    }
    // What nobody caught fails the run, though no test may have seen it.
    counts.failed += errors.length
    const skipped = counts.skipped === 0 ? '' : `, ${String(counts.skipped)} skipped`
    process.once('exit', () => {
      console.log(`${String(counts.passed)} passed, ${String(counts.failed)} failed${skipped}`)
    })
  }
}
