/** A broker accepts no second authentication within a second (KIP-368). */
const shortestMs = 1_000

/**
 * When a session of this length is renewed: between 85 and 95 % of it, as in Java's client, so that connections opened together
 * do not renew together. Null if it is too short to be renewed: then the connection is replaced.
 *
 * @param sessionMs counted from the broker's answer
 * @param random 0 to 1
 */
export const renewAfter = (sessionMs: number, random: number): number | null => {
  const inMs = Math.floor(sessionMs * (0.85 + random * 0.1))
  return inMs < shortestMs ? null : inMs
}
