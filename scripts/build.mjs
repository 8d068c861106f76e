// Builds the package: dist as ES modules, dist/cjs as CommonJS for what cannot load those (Jest as it comes, older bundlers).
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const copy = `${root}.cjs`
const commonjs = '{ "type": "commonjs" }\n'

const compile = async (project) => {
  const tsc = spawn(process.execPath, [`${root}node_modules/typescript/bin/tsc`, '-p', project], { stdio: 'inherit' })
  const [code] = await once(tsc, 'close')
  if (code !== 0) process.exitCode = 1
}

// TypeScript goes by the nearest package.json, so the sources are compiled once more from beneath another one.
const copySources = () => {
  rmSync(copy, { recursive: true, force: true })
  mkdirSync(copy)
  cpSync(`${root}src`, `${copy}/src`, { recursive: true })
  // The command line is no part of the package's interface, and vitest is itself an ES module.
  for (const left of ['cli', 'testing/vitest.ts']) rmSync(`${copy}/src/${left}`, { recursive: true })
  const ownRequire = `${copy}/src/internal/own-require.ts`
  const source = readFileSync(ownRequire, 'utf8')
  if (source.split('import.meta.url').length !== 2) throw new Error('own-require.ts has one import.meta.url')
  writeFileSync(ownRequire, source.replace('import.meta.url', 'undefined'))
  writeFileSync(`${copy}/package.json`, commonjs)
  const compilerOptions = {
    verbatimModuleSyntax: false,
    declarationMap: false,
    sourceMap: false,
    rootDir: 'src',
    outDir: '../dist/cjs',
    paths: {}
  }
  const tsconfig = { extends: '../tsconfig.build.json', compilerOptions, include: ['src'] }
  writeFileSync(`${copy}/tsconfig.json`, JSON.stringify(tsconfig))
}

// What was built from files that are gone does not stay in the package.
rmSync(`${root}dist`, { recursive: true, force: true })
try {
  copySources()
  await Promise.all([compile(`${root}tsconfig.build.json`), compile(`${copy}/tsconfig.json`)])
  writeFileSync(`${root}dist/cjs/package.json`, commonjs)
} finally {
  rmSync(copy, { recursive: true, force: true })
}
