/** model ← config, core, codecs ← ports ← operators, engine ← sources, sinks ← entries. */
const layer = (name, from, allowed) => ({
  name,
  severity: 'error',
  from: { path: from },
  to: { path: '^src/', pathNot: allowed }
})

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'src-never-imports-tests',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|examples|bench|scripts)/' }
    },
    layer('model-stands-alone', '^src/model/', '^src/model/'),
    layer('config-uses-the-model', '^src/config/', '^src/(model|config)/'),
    layer('core-uses-the-model', '^src/core/', '^src/(model|core)/'),
    layer('codecs-use-the-model', '^src/codecs/', '^src/(model|codecs)/'),
    layer('ports-are-interfaces', '^src/ports/', '^src/(model|config|core|ports)/'),
    layer('operators-never-see-ports', '^src/operators/', '^src/(model|core|codecs|internal|operators)/'),
    layer('sinks', '^src/sinks/', '^src/(model|config|core|ports|internal|operators|sinks)/'),
    layer('engine-drives-the-core', '^src/engine/', '^src/(model|config|core|ports|internal|engine)/'),
    layer('consumer', '^src/sources/consumer/', '^src/(model|config|core|ports|internal|sources/consumer)/'),
    layer('wire', '^src/sources/kafka/', '^src/(model|config|core|ports|internal|engine|sources/kafka)/'),
    layer('embedded-cluster', '^src/sources/memory/', '^src/(model|config|core|ports|internal|engine|sources/memory)/'),
    layer(
      'testing-knows-no-adapter',
      '^src/testing/',
      '^src/(?!(sources/kafka|cli)/|.*ndjson|.*postgres|.*http|.*sqlite|workers|kafka(js)?\\.ts$|index\\.ts$)'
    ),
    layer('workers', '^src/workers', '^src/(model|core|operators|workers|internal/(own-require|trace-channels))'),
    layer('traces', '^src/opentelemetry', '^src/(model|internal|opentelemetry|workers/worker-record)'),
    layer('program', '^src/program/', '^src/(model|internal|observability|program)/'),
    layer('observability-knows-shapes-only', '^src/observability/', '^src/(model|core|internal|observability)/'),
    layer('typed-topics', '^src/topics/', '^src/(model|config|codecs|ports|operators|sinks|sources/consumer|topics)/'),
    layer('internal', '^src/internal/', '^src/(model|core|internal)/'),
    {
      name: 'kafkajs-only-in-its-adapter',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/sources/kafka/' },
      to: { path: 'node_modules/kafkajs' }
    },
    {
      name: 'adapter-only-behind-its-entry',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(sources/kafka/|kafka(js)?\\.ts$|cli/)' },
      to: { path: '^src/sources/kafka/' }
    },
    {
      name: 'node-only-at-the-rim',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(sources/kafka/|sinks/.*ndjson|workers/|cli/|internal/own-require)' },
      to: { dependencyTypes: ['core'] }
    },
    { name: 'core-has-no-rxjs', severity: 'error', from: { path: '^src/core/' }, to: { path: 'node_modules/rxjs' } }
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.js']
    }
  }
}
