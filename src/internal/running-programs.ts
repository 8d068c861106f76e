/** The programs (`run`) of a process that run now, and the highest exit code of them: one that drains does not hide that another has failed. */
export interface RunningPrograms {
  count: number
  exitCode: number
  /** whether there was any */
  hasRun: boolean
}

const none = (): RunningPrograms => ({ count: 0, exitCode: 0, hasRun: false })

let current = none()

export const runningPrograms = (): RunningPrograms => current

/** The processes of a diagram are others than that of the test. Returns how to end them; that returns whether they ran a program. */
export const beginOtherProcesses = (): (() => boolean) => {
  const former = current
  const others = none()
  current = others
  return () => {
    current = former
    return others.hasRun
  }
}
