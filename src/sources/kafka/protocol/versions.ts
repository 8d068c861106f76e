/** Versions of a request, both ends included; `to` is Infinity if there is no last one. */
export interface Versions {
  readonly from: number
  readonly to: number
}

/** As Kafka's message definitions write them: `3+`, `0-9`, `4`. */
export type VersionsText = `${number}+` | `${number}-${number}` | `${number}`

export const versionsOf = (text: VersionsText): Versions => {
  const from = Number.parseInt(text, 10)
  if (text.endsWith('+')) return { from, to: Infinity }
  const dash = text.indexOf('-')
  return { from, to: dash < 0 ? from : Number.parseInt(text.slice(dash + 1), 10) }
}

export const includesVersion = ({ from, to }: Versions, version: number): boolean => from <= version && version <= to
