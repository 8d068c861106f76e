// Copies an artifact of Maven's, with what it needs, into the cache: the brokers of the tests, the JVM's peers of the benchmarks.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = resolve(fileURLToPath(new URL('..', import.meta.url)))

/** Where downloads are kept, outside of what is tracked. */
export const cache = process.env.KAFKA_CACHE ?? join(root, '.kafka')

/** The folder with the jars of `group:artifact:version`; copied once. */
export const mavenJars = (folder, coordinates) => {
  const libs = join(cache, folder)
  if (existsSync(libs)) return libs
  const [group, artifact, version] = coordinates.split(':')
  mkdirSync(cache, { recursive: true })
  const work = mkdtempSync(join(cache, 'copy-'))
  writeFileSync(
    join(work, 'pom.xml'),
    `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>ackstream</groupId><artifactId>jars</artifactId><version>1</version>
<dependencies><dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency></dependencies>
</project>`
  )
  const goal = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies'
  const copied = spawnSync('mvn', ['-q', '-B', goal, `-DoutputDirectory=${join(work, 'libs')}`], {
    cwd: work,
    encoding: 'utf8'
  })
  if (copied.status !== 0) {
    rmSync(work, { recursive: true, force: true })
    if (copied.error !== undefined) throw new Error('it needs Maven (mvn), which cannot be run')
    throw new Error(`Maven could not copy the jars of ${coordinates}:\n${copied.stdout}${copied.stderr}`)
  }
  // Renamed when complete, so that another run never sees half of them; it may have been faster.
  try {
    renameSync(join(work, 'libs'), libs)
  } catch (error) {
    if (!existsSync(libs)) throw error
  }
  rmSync(work, { recursive: true, force: true })
  return libs
}
