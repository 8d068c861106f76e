// What is downloaded or made once and then kept, outside of what is tracked: jars of Maven's, peers of the benchmarks.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = resolve(fileURLToPath(new URL('..', import.meta.url)))

export const cache = process.env.KAFKA_CACHE ?? join(root, '.kafka')

/**
 * A folder that is made once and then kept: `make` gets an empty one, in which it makes one of the name `made`.
 *
 * @param {string} name @param {(work: string) => void} make
 */
export const cached = (name, make) => {
  const folder = join(cache, name)
  if (existsSync(folder)) return folder
  mkdirSync(cache, { recursive: true })
  const work = mkdtempSync(join(cache, 'copy-'))
  try {
    make(work)
    // Renamed when complete, so that another run never sees half of it; it may have been faster.
    renameSync(join(work, 'made'), folder)
  } catch (error) {
    if (!existsSync(folder)) throw error
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
  return folder
}

/** The folder with the jars of `group:artifact:version`, and of what they need. */
export const mavenJars = (name, coordinates, ...more) =>
  cached(name, (work) => {
    const [group, artifact, version] = coordinates.split(':')
    writeFileSync(
      join(work, 'pom.xml'),
      `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>ackstream</groupId><artifactId>jars</artifactId><version>1</version>
<dependencies><dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency></dependencies>
</project>`
    )
    const goal = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies'
    const copied = spawnSync('mvn', ['-q', '-B', goal, `-DoutputDirectory=${join(work, 'made')}`, ...more], {
      cwd: work,
      encoding: 'utf8'
    })
    if (copied.error !== undefined) throw new Error('it needs Maven (mvn), which cannot be run')
    if (copied.status !== 0)
      throw new Error(`Maven could not copy the jars of ${coordinates}:\n${copied.stdout}${copied.stderr}`)
  })
