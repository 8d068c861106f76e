// npm run kafka:up [-- --version 3.9.1] [-- --nodes 3] starts Kafka in the background; npm run kafka:down stops it.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { missingTools, startKafka } from './kafka-cluster.mjs'

const state = fileURLToPath(new URL('../.kafka/running.json', import.meta.url))
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { version: { type: 'string', default: '4.1.0' }, nodes: { type: 'string', default: '1' } }
})

const alive = (pid) => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

if (positionals[0] === 'down') {
  if (!existsSync(state)) console.log('no Kafka was started by kafka:up')
  else {
    const { pids, folder } = JSON.parse(readFileSync(state, 'utf8'))
    for (const pid of pids.filter(alive)) process.kill(pid, 'SIGTERM')
    while (pids.some(alive)) await new Promise((go) => setTimeout(go, 100))
    rmSync(folder, { recursive: true, force: true })
    rmSync(state)
    console.log('stopped')
  }
} else {
  const missing = missingTools()
  if (missing !== null) throw new Error(`${missing} is needed to run Kafka here`)
  const kafka = await startKafka({ version: values.version, nodes: values.nodes === '3' ? 3 : 1, detached: true })
  mkdirSync(new URL('../.kafka', import.meta.url), { recursive: true })
  writeFileSync(state, JSON.stringify({ pids: kafka.pids, folder: kafka.folder, brokers: kafka.brokers }))
  console.log(`Kafka ${values.version} runs at ${kafka.brokers}; stop it with npm run kafka:down`)
}
