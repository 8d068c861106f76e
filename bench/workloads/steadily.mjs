/** Calls `write` with each number so many times a second, evenly as the timers of Node allow. */
export const writeSteadily = async ({ count, perSecond, write }) => {
  const began = performance.now()
  for (let sent = 0; sent < count;) {
    for (const due = Math.min(count, ((performance.now() - began) * perSecond) / 1000); sent < due; sent++) write(sent)
    await new Promise((later) => setTimeout(later, 1))
  }
}
