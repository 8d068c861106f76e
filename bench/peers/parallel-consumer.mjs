// Confluent's Parallel Consumer with the same handler, from Maven's jars; prints what it prints. Needs a JDK and Maven.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const version = '0.5.3.2'
const here = fileURLToPath(new URL('.', import.meta.url))
const cache = process.env.KAFKA_CACHE ?? fileURLToPath(new URL('../../.kafka', import.meta.url))
const folder = join(cache, `parallel-consumer-${version}`)

const run = (command, args, options = {}) => {
  const done = spawnSync(command, args, { encoding: 'utf8', ...options })
  if (done.status !== 0) throw new Error(`${command} failed:\n${done.stdout}${done.stderr}`)
  return done.stdout
}

if (!existsSync(folder)) {
  mkdirSync(cache, { recursive: true })
  const work = mkdtempSync(join(cache, 'copy-'))
  writeFileSync(
    join(work, 'pom.xml'),
    `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>ackstream</groupId><artifactId>peer</artifactId><version>1</version><dependencies><dependency>
<groupId>io.confluent.parallelconsumer</groupId><artifactId>parallel-consumer-core</artifactId><version>${version}</version>
</dependency></dependencies></project>`
  )
  const goal = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies'
  run('mvn', ['-q', '-B', goal, `-DoutputDirectory=${join(work, 'libs')}`], { cwd: work })
  run('javac', ['-cp', join(work, 'libs', '*'), '-d', join(work, 'classes'), join(here, 'ParallelConsumerPeer.java')])
  try {
    renameSync(work, folder)
  } catch (error) {
    rmSync(work, { recursive: true, force: true })
    if (!existsSync(folder)) throw error
  }
}
const path = `${join(folder, 'classes')}:${join(folder, 'libs')}/*`
process.stdout.write(run('java', ['-cp', path, 'ParallelConsumerPeer', ...process.argv.slice(2)]))
