/** The operators that pass records on, so that a record that is never settled can be traced to the last that saw it. */
export const operatorNames = [
  'source',
  'deserialize',
  'handle',
  'writeTo',
  'mapValue',
  'filterRecords',
  'filterValue',
  'batch',
  'fanOut',
  'produceTo',
  'writeNdjson',
  'sink',
  'toPostgres',
  'transactional',
  'replayDeadLetters',
  'atMostOnce',
  'ack',
  'commit'
] as const

export type OperatorName = (typeof operatorNames)[number]

/** The number a ledger keeps for the operator: a byte a record instead of a name. */
export const operatorId = (name: OperatorName): number => operatorNames.indexOf(name)
