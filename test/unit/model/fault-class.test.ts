import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { Fault } from '../../../src/model/fault.js'
import { faultClass } from '../../../src/model/fault-class.js'
import { produceFault } from '../../../src/core/producing/produce-verdict.js'

/** The docs of each fault, by its tag. */
const documented = new Map(
  ['fault', 'record-fault'].flatMap((name) => {
    const source = readFileSync(new URL(`../../../src/model/${name}.ts`, import.meta.url), 'utf8')
    return [...source.matchAll(/\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\nexport interface (\w+Fault)\b/g)].map(
      ([, docs = '', tag = '']) => [tag, docs] as const
    )
  })
)

const tagged = (tag: string): Fault => ({ _tag: tag }) as Fault

test('A fault is documented as fatal exactly if it is', () => {
  expect(documented.size).toBe(34)
  const fatal = [...documented].filter(([, docs]) => /\bFatal\b/.test(docs)).map(([tag]) => tag)
  expect(fatal).toEqual([...documented.keys()].filter((tag) => faultClass(tagged(tag)) === 'fatal'))
  expect(fatal.length).toBeGreaterThan(10)
})

test('Faults of the network may pass, faults in the bytes are permanent', () => {
  expect(['ConnectionFault', 'FrameFault', 'TimeoutFault', 'SinkFault'].map(tagged).map(faultClass)).toEqual(
    Array(4).fill('retriable')
  )
  expect(['DecodeFault', 'CorruptBatchFault', 'ReplayRefusedFault'].map(tagged).map(faultClass)).toEqual(
    Array(3).fill('permanent')
  )
})

test('A record that Kafka did not confirm has the class that its answer gave it', () => {
  const fault = (permanent: boolean): Fault => produceFault({ topic: 'a' }, 'refused', 'said so', { permanent })
  expect([faultClass(fault(true)), faultClass(fault(false))]).toEqual(['permanent', 'retriable'])
})
