// Builds the package: dist as ES modules, dist/cjs as CommonJS for what cannot load those (Jest as it comes, older bundlers).
// TypeScript 7 writes the types of each file, in a fifth of the time that 6 takes; what is run are the entries and what they have in
// common (bundle.mjs).
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import manifest from '../package.json' with { type: 'json' }
import { bundle } from './bundle.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const copy = `${root}.cjs`
const commonjs = '{ "type": "commonjs" }\n'

const writeTypes = async (project) => {
  const tsc = spawn(process.execPath, [`${root}node_modules/typescript7/bin/tsc`, '-p', project], { stdio: 'inherit' })
  const [code] = await once(tsc, 'close')
  if (code !== 0) process.exitCode = 1
}

/** The command line is no part of the package's interface, and vitest is itself an ES module. */
const isOnlyModule = (path) => path.startsWith('cli/') || path === 'testing/vitest'

// TypeScript goes by the nearest package.json, so the sources are compiled once more from beneath another one.
const copySources = () => {
  rmSync(copy, { recursive: true, force: true })
  mkdirSync(copy)
  cpSync(`${root}src`, `${copy}/src`, { recursive: true })
  for (const left of ['cli', 'testing/vitest.ts']) rmSync(`${copy}/src/${left}`, { recursive: true })
  // It is where a module is, which CommonJS has not; what is run has it replaced by `bundle`.
  const ownRequire = `${copy}/src/internal/own-require.ts`
  writeFileSync(ownRequire, readFileSync(ownRequire, 'utf8').replace('import.meta.url', 'undefined'))
  writeFileSync(`${copy}/package.json`, commonjs)
  const compilerOptions = {
    verbatimModuleSyntax: false,
    declarationMap: false,
    rootDir: 'src',
    outDir: '../dist/cjs',
    paths: {}
  }
  const tsconfig = { extends: '../tsconfig.build.json', compilerOptions, include: ['src'] }
  writeFileSync(`${copy}/tsconfig.json`, JSON.stringify(tsconfig))
}

/** What `exports` and `bin` name, and `npm start`. */
const entries = [
  ...Object.values(manifest.exports).flatMap((target) => (typeof target === 'string' ? [] : [target.default])),
  ...Object.values(manifest.bin),
  'dist/cli/main.js'
].map((file) => file.replace(/^(\.\/)?dist\/(.*)\.js$/, '$2'))

// What was built from files that are gone does not stay in the package.
rmSync(`${root}dist`, { recursive: true, force: true })
try {
  copySources()
  const source = `${root}src`
  await Promise.all([
    writeTypes(`${root}tsconfig.build.json`),
    writeTypes(`${copy}/tsconfig.json`),
    bundle({ source, folder: `${root}dist`, entries, format: 'esm' }),
    bundle({
      source,
      folder: `${root}dist/cjs`,
      entries: entries.filter((entry) => !isOnlyModule(entry)),
      format: 'cjs',
      define: { 'import.meta.url': 'undefined' }
    })
  ])
  writeFileSync(`${root}dist/cjs/package.json`, commonjs)
  // By this `current-build.mjs` knows a build that is complete and had no error.
  if (process.exitCode === undefined) writeFileSync(`${root}.built`, String(statSync(`${root}dist/index.js`).mtimeMs))
} finally {
  rmSync(copy, { recursive: true, force: true })
}
