import type { StoredRecord } from './record-lines.js'

// Java prints bytes as text with \x09 for what is not printable, so that none of these can stand within a field.
const bytes = 'org.apache.kafka.common.serialization.BytesDeserializer'
const betweenFields = '\t'
const betweenHeaders = '\u0001'
// Printed like bytes: no record of the tests has these.
const nothing = '(no bytes at all)'

/** How `kafka-console-consumer` has to print records so that nothing of them is lost. */
export const consoleSettings: Readonly<Record<string, string>> = {
  'print.timestamp': 'true',
  'print.partition': 'true',
  'print.offset': 'true',
  'print.headers': 'true',
  'print.key': 'true',
  'print.value': 'true',
  'key.separator': betweenFields,
  'headers.separator': betweenHeaders,
  'null.literal': nothing,
  'key.deserializer': bytes,
  'value.deserializer': bytes,
  'headers.deserializer': bytes
}

export const consoleRecords = (printed: string): readonly StoredRecord[] =>
  printed
    .split('\n')
    // Since Kafka 4.2 the first line says that an option has another name now.
    .filter((line) => line.includes(betweenFields))
    .map((line) => {
      const [timestamp, partition, offset, headers = '', key = '', value = ''] = line.split(betweenFields)
      return {
        partition: numberIn(partition),
        offset: numberIn(offset),
        timestamp: numberIn(timestamp),
        key: bytesOf(key),
        value: bytesOf(value),
        headers:
          headers === 'NO_HEADERS'
            ? []
            : headers.split(betweenHeaders).map((header) => {
                const colon = header.indexOf(':')
                return [header.slice(0, colon), bytesOf(header.slice(colon + 1))] as const
              })
      }
    })

/** The number in `Partition:3`. */
const numberIn = (field = ''): number => Number(field.slice(field.indexOf(':') + 1))

const bytesOf = (text: string): Buffer | null =>
  text === nothing
    ? null
    : Buffer.from(
        text.replace(/\\x([0-9A-F]{2})/g, (_all, hex: string) => String.fromCharCode(parseInt(hex, 16))),
        'latin1'
      )
