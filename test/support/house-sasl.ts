import { spawnSync } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { kafkaJars } from '../../scripts/kafka-cluster.mjs'
import type { SaslMechanism } from '../../src/kafka.js'
import { user } from './sasl-credentials.js'

export const houseKey = 'key-under-the-mat'

/** What a broker needs beside the classes: the mechanism, and the callback handler that knows the users' keys. */
export const houseProperties = {
  'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER,HOUSE',
  'listener.name.sasl_ssl.house.sasl.jaas.config': `HouseSasl$Login required key_${user}="${houseKey}";`,
  'listener.name.sasl_ssl.house.sasl.server.callback.handler.class': 'HouseSasl$Keys'
}

/** Compiles the broker's side of the mechanism, `java/HouseSasl.java`. */
export const withHouse = (): { readonly classes: string; readonly remove: () => void } => {
  const classes = mkdtempSync(join(tmpdir(), 'ackstream-house-'))
  const source = fileURLToPath(new URL('./java/HouseSasl.java', import.meta.url))
  const { status, stderr } = spawnSync('javac', ['-d', classes, '-cp', `${kafkaJars()}/*`, source], {
    encoding: 'utf8'
  })
  if (status !== 0) throw new Error(`HouseSasl.java does not compile: ${stderr}`)
  return { classes, remove: () => rmSync(classes, { recursive: true, force: true }) }
}

/** The client's side: its name, then the HMAC of the broker's nonce, then nothing. */
export const houseMechanism = (name: string, key: string): SaslMechanism => ({
  name: 'HOUSE',
  authenticate: () => {
    let proven = false
    return (challenge) => {
      if (challenge === null) return Buffer.from(name)
      if (proven) return null
      proven = true
      return createHmac('sha256', key).update(challenge).digest()
    }
  }
})
