// The public interface, a report for each entry of the package: `api/NAME.api.md`. A change of it is seen in a diff.
//   npm run api              writes the reports
//   npm run api -- --check   fails if one is not current
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { CompilerState, Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor'
import manifest from '../package.json' with { type: 'json' }
import './current-build.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const reports = join(root, 'api')
const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } })

const entries = Object.values(manifest.exports).flatMap((target) => (typeof target === 'string' ? [] : [target.types]))
const none = { default: { logLevel: ExtractorLogLevel.None } }
const work = mkdtempSync(join(tmpdir(), 'ackstream-api-'))

/** @param {string} types such as ./dist/testing/vitest.d.ts */
const nameOf = (types) => types.replace(/^\.\/dist\/(.*)\.d\.ts$/, '$1').replace('/', '-')

const configOf = (types) =>
  ExtractorConfig.prepare({
    configObject: {
      projectFolder: root,
      mainEntryPointFilePath: join(root, types),
      compiler: { tsconfigFilePath: join(root, 'tsconfig.build.json') },
      apiReport: {
        enabled: true,
        reportFolder: reports,
        reportTempFolder: work,
        reportFileName: nameOf(types),
        // What has no name to import is seen all the same. The other entries use the same types: once is enough.
        includeForgottenExports: types.endsWith('/index.d.ts')
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: { compilerMessageReporting: none, extractorMessageReporting: none, tsdocMessageReporting: none },
      newlineKind: 'lf'
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: join(root, 'package.json')
  })

mkdirSync(reports, { recursive: true })
try {
  const configs = entries.map(configOf)
  const [first] = configs
  const compilerState = CompilerState.create(first, {
    additionalEntryPoints: entries.map((types) => join(root, types))
  })
  const stale = configs.filter((config) => {
    const { apiReportChanged } = Extractor.invoke(config, {
      compilerState,
      localBuild: !values.check,
      messageCallback: (message) => {
        message.handled = true
      }
    })
    return apiReportChanged
  })
  const names = entries.map((types) => `${nameOf(types)}.api.md`)
  const left = readdirSync(reports).filter((name) => !names.includes(name))
  if (values.check && stale.length + left.length > 0) {
    const changed = stale.map(({ reportFilePath }) => reportFilePath)
    console.error(
      `the public interface has changed: npm run api, and review its diff\n${[...changed, ...left].join('\n')}`
    )
    process.exitCode = 1
  }
  if (!values.check) for (const name of left) rmSync(join(reports, name))
} finally {
  rmSync(work, { recursive: true, force: true })
}
