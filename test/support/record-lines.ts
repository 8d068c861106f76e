/** A record as any client has it. */
export interface PlainRecord {
  readonly partition: number
  readonly timestamp: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly (readonly [name: string, value: Buffer | null])[]
}

/** A record as it stands in the log. */
export interface StoredRecord extends PlainRecord {
  readonly offset: number
}

/**
 * How records go to and from the programs of other clients: a line each of partition, offset, timestamp, key, value and
 * headers (`NAME:VALUE`, a blank between), with tabs between. Bytes are base64, nothing at all is a dash.
 */
export const linesOf = (records: readonly PlainRecord[]): string =>
  records
    .map(({ partition, timestamp, key, value, headers }) => {
      const named = headers.map(([name, of]) => `${encoded(Buffer.from(name))}:${encoded(of)}`)
      return `${String(partition)}\t-\t${String(timestamp)}\t${encoded(key)}\t${encoded(value)}\t${named.join(' ')}\n`
    })
    .join('')

export const recordsIn = (lines: string): readonly StoredRecord[] =>
  lines
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [partition, offset, timestamp, key, value, headers = ''] = line.split('\t')
      return {
        partition: Number(partition),
        offset: Number(offset),
        timestamp: Number(timestamp),
        key: decoded(key),
        value: decoded(value),
        headers: headers
          .split(' ')
          .filter((header) => header !== '')
          .map((header) => {
            const [name = '', of] = header.split(':')
            return [Buffer.from(name, 'base64').toString(), decoded(of)] as const
          })
      }
    })

const encoded = (bytes: Buffer | null): string => (bytes === null ? '-' : bytes.toString('base64'))
const decoded = (base64: string | undefined): Buffer | null =>
  base64 === undefined || base64 === '-' ? null : Buffer.from(base64, 'base64')
