// What peers need beside the package's own dependencies, kept in the cache: an npm package, Maven's jars, a program in Go.
import { spawnSync } from 'node:child_process'
import { cpSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { cache, cached, mavenJars } from '../../scripts/cache.mjs'
import { kafkaJars } from '../../scripts/kafka-cluster.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))

const run = (command, args, options = {}) => {
  const done = spawnSync(command, args, { encoding: 'utf8', ...options })
  if (done.error !== undefined) throw new Error(`it needs ${command}, which cannot be run`)
  if (done.status !== 0) throw new Error(`${command} failed: ${done.stdout}${done.stderr}`)
}

/** Installs what peers/FOLDER/package.json asks for; gives the address to import `name` from. */
export const npmPackage = (folder, name) => {
  const lock = createRequire(import.meta.url)(`./${folder}/package-lock.json`)
  const { version } = lock.packages[`node_modules/${name}`]
  const installed = cached(`${folder}-${version}`, (work) => {
    const made = join(work, 'made')
    cpSync(join(here, folder), made, { recursive: true })
    run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: made })
  })
  return pathToFileURL(createRequire(join(installed, 'package.json')).resolve(name)).href
}

const artifacts = {
  kafka: () => kafkaJars(),
  reactor: () => mavenJars('reactor-kafka-1.3.25', 'io.projectreactor.kafka:reactor-kafka:1.3.25'),
  parallel: () =>
    mavenJars(
      'parallel-consumer-reactor-0.5.3.2-jars',
      'io.confluent.parallelconsumer:parallel-consumer-reactor:0.5.3.2'
    )
}

/** The class path of a program in peers/java, compiled anew each time it is asked for. */
export const javaProgram = (main, artifact) => {
  const libs = join(artifacts[artifact](), '*')
  const classes = join(cache, 'peers-java', main)
  const sources = [main, 'Measure'].map((name) => join(here, 'java', `${name}.java`))
  run('javac', ['-cp', libs, '-d', classes, ...sources])
  return ['-cp', [classes, libs].join(delimiter), main]
}

/** The program in peers/franz-go. */
export const goProgram = () => {
  const program = join(cache, 'peers-franz-go')
  run('go', ['build', '-o', program, '.'], { cwd: join(here, 'franz-go') })
  return program
}
