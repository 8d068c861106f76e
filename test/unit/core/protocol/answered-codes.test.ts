import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../../../../src')

/**
 * The places outside of tables that name an error code. The embedded cluster and the marble kit answer with codes; the tables
 * look them up.
 */
const elsewhere: Readonly<Record<string, readonly string[]>> = {
  // What a partition counts as that an answer leaves out.
  'core/fetching/epoch-checks.ts': ['UNKNOWN_TOPIC_OR_PARTITION'],
  'core/share/share-answers.ts': ['UNKNOWN_SERVER_ERROR'],
  'core/share/share-renewals.ts': ['UNKNOWN_SERVER_ERROR'],
  'engine/offsets/partial-answers.ts': ['UNKNOWN_TOPIC_OR_PARTITION'],
  'engine/offsets/send-offsets.ts': ['ILLEGAL_GENERATION', 'NETWORK_EXCEPTION'],
  'sources/kafka/protocol/describe-groups.ts': ['UNKNOWN_SERVER_ERROR', 'GROUP_ID_NOT_FOUND'],
  // What no broker has answered.
  'engine/group/consumer-group-client.ts': ['UNKNOWN_TOPIC_ID'],
  'engine/known-topics.ts': ['LEADER_NOT_AVAILABLE'],
  'engine/share/open-share-session.ts': ['LEADER_NOT_AVAILABLE', 'UNKNOWN_TOPIC_ID'],
  'sources/kafka/admin/kafka-topic-admin.ts': ['UNKNOWN_TOPIC_OR_PARTITION'],
  'sources/kafka/admin/own-admin-calls.ts': ['UNKNOWN_TOPIC_OR_PARTITION', 'LEADER_NOT_AVAILABLE'],
  'sources/kafka/protocol/join-group.ts': ['INCONSISTENT_GROUP_PROTOCOL'],
  'sources/kafka/protocol/sync-group.ts': ['INCONSISTENT_GROUP_PROTOCOL'],
  // One code beside what a table says of it: which of several reasons it has, or that the group has heard the member.
  'core/committing/too-large-commit.ts': ['UNKNOWN_SERVER_ERROR'],
  'core/group/liveness.ts': ['REBALANCE_IN_PROGRESS'],
  'core/producing/produce-verdict.ts': ['INVALID_RECORD'],
  'core/producing/transaction-verdict.ts': ['INVALID_PRODUCER_ID_MAPPING', 'INVALID_TXN_STATE'],
  'engine/producing/producer-notices.ts': ['KAFKA_STORAGE_ERROR'],
  // ApiVersions of a broker that is older than this client, and KIP-1102: requests that have one code of their own.
  'sources/kafka/network/broker-links.ts': ['REBOOTSTRAP_REQUIRED'],
  'sources/kafka/network/open-connection.ts': ['UNSUPPORTED_VERSION'],
  'sources/kafka/protocol/api-versions.ts': ['UNSUPPORTED_VERSION']
}

const isAnswering = (file: string): boolean => /^(sources\/memory|testing)\//.test(file)

describe('error codes', () => {
  it('are read in the tables of the decisions, and elsewhere only where this says so', () => {
    const named = readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !isAnswering(file))
      .flatMap((file) => {
        const text = readFileSync(join(root, file), 'utf8')
        const alias = /errorCode as (\w+)/.exec(text)?.[1] ?? 'errorCode'
        return [...text.matchAll(new RegExp(`\\b${alias}\\.([A-Z_]{5,})\\b`, 'g'))].map(
          ([, code]) => [file, code] as const
        )
      })
    const expected = Object.entries(elsewhere).flatMap(([file, codes]) => codes.map((code) => `${file} ${code}`))

    expect([...new Set(named.map(([file, code]) => `${file} ${String(code)}`))].sort()).toEqual(expected.sort())
  })
})
