/** The operators that pass records on: a record that is never settled can be traced to the last of them that saw it. */
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
  'toHttp',
  'writeOnce',
  'transactional',
  'replayDeadLetters',
  'delayUntil',
  'atMostOnce',
  'ack',
  'commit'
] as const

/** The name of an operator, as faults, positions and statuses give it; `sink` for a sink without a name of its own. */
export type OperatorName = (typeof operatorNames)[number]

/** The operator's number in a ledger: one byte per record instead of a name. */
export const operatorId = (name: OperatorName): number => operatorNames.indexOf(name)
