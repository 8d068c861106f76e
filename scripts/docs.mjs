// Makes the site of the documentation, in `site/`: the guides in the order of docs/README.md, and a page for each export.
//   npm run docs
// It needs no network, and fails for what typedoc warns of: a link to nothing, a type that a page mentions and that has none.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Application, Converter } from 'typedoc'
import manifest from '../package.json' with { type: 'json' }

const root = fileURLToPath(new URL('..', import.meta.url))

const index = readFileSync(join(root, 'docs/README.md'), 'utf8')
const guides = [...index.matchAll(/\]\(([a-z-]+\.md)\)/g)].map(([, page]) => `docs/${page}`)
const entries = Object.values(manifest.exports).flatMap((target) =>
  typeof target === 'string' ? [] : [target.default.replace(/^\.\/dist\/(.*)\.js$/, 'src/$1.ts')]
)

/** Types that users neither name nor make: what adapters of a cluster implement, and how signatures are written. */
const withoutPage = [
  ...['ConsumerSession', 'ConsumerSessionHandlers', 'ConsumerSettings', 'ProducerSession', 'ProducerSettings'],
  ...['ShareSession', 'ShareSessionHandlers', 'ShareConsumerSettings', 'TransactionSession', 'TransactionSettings'],
  ...[
    'AckTarget',
    'Cancel',
    'CarriedFor',
    'CarriedOr',
    'ClassicGroupState',
    'CodecOr',
    'Decoded',
    'Getter',
    'LoggedSource'
  ],
  ...['Report', 'Request', 'Response', 'RunTransaction', 'SchemaResult', 'Setter', 'ThrottleOver', 'Waiting', 'WorkIn'],
  ...['ConsumerApi', 'ProducerApi', 'ShareApi', 'RecordToEncode'],
  ...['asItCame', 'errorCode', 'operationNames', 'operatorNames', 'own']
]

const site = await Application.bootstrap({
  name: 'ackstream',
  includeVersion: true,
  readme: join(root, 'README.md'),
  projectDocuments: ['docs/README.md', ...guides].map((file) => join(root, file)),
  entryPoints: entries.map((file) => join(root, file)),
  tsconfig: join(root, 'tsconfig.build.json'),
  out: join(root, 'site'),
  // `npm run typecheck` does that.
  skipErrorChecking: true,
  excludeInternal: true,
  excludePrivate: true,
  // What rxjs documents.
  excludeExternals: true,
  highlightLanguages: ['typescript', 'javascript', 'sql', 'sh', 'json', 'yaml', 'diff'],
  intentionallyNotExported: withoutPage,
  // No address is known where the sources could be looked up.
  disableSources: true,
  searchInDocuments: true,
  navigation: { includeGroups: true },
  treatWarningsAsErrors: true,
  treatValidationWarningsAsErrors: true
})

/** A guide has the name that its first line gives it. */
site.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_context, document) => {
  const [, title] = /^# (.*)$/m.exec(document.content.map(({ text }) => text).join('')) ?? []
  if (title !== undefined) document.name = title
})

const project = await site.convert()
if (project !== undefined) {
  site.validate(project)
  await site.generateDocs(project, join(root, 'site'))
}
if (project === undefined || site.logger.hasErrors() || site.logger.hasWarnings()) process.exitCode = 1
