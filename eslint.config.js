import rxjs from 'eslint-plugin-rxjs-x'
import tseslint from 'typescript-eslint'

// Time comes from a Clock, chance from the maker of the cluster: only the rim reads the machine's own.
const machine = ['Date', 'setTimeout', 'setInterval', 'setImmediate', 'performance', 'process', 'Buffer'].map(
  (name) => ({
    name,
    message: 'take the time from a Clock; Node only at the rim (sources/kafka, sinks/*ndjson*, cli)'
  })
)

export default tseslint.config(
  {
    ignores: [
      'dist/',
      'coverage/',
      'node_modules/',
      '.kafka/',
      '.examples/',
      '.cjs/',
      'bench/',
      'site/',
      'test/types/fixtures/',
      'test/compatibility/projects/'
    ]
  },
  {
    files: ['src/**/*.ts', 'test/**/*.ts', 'examples/**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, rxjs.configs.recommended],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/consistent-type-imports': 'off',
      // It takes a ConsumerRecord<K, V> for something else than the Carried<V> that it extends.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      // `void promise` and `() => void` are how a result is dropped on purpose.
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true }
      ],
      // A type parameter that only ties a result to its place of use is what `Step<A>` and `same<…>()` are.
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      // Typed arrays give undefined only out of range; the hot loops stay within and say so.
      '@typescript-eslint/no-non-null-assertion': 'error',
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            { regex: '^(fp-ts|io-ts)/(?!lib/.+\\.js$)', message: 'only lib/*.js resolves in plain Node' },
            { regex: '^rxjs/(?!testing$)', message: 'only rxjs and rxjs/testing' }
          ]
        }
      ]
    }
  },
  {
    files: ['src/**/*.ts'],
    ignores: [
      'src/sources/kafka/**',
      'src/sinks/*ndjson*',
      'src/internal/real-clock.ts',
      'src/internal/own-require.ts',
      'src/cli/**'
    ],
    rules: {
      'no-restricted-globals': ['error', ...machine],
      'no-restricted-properties': ['error', { object: 'Math', property: 'random', message: 'randomness is passed in' }]
    }
  },
  {
    // A file says one thing, and so does a function.
    files: ['src/**/*.ts'],
    rules: {
      'max-lines': ['error', { max: 300, skipBlankLines: true }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }]
    }
  },
  {
    files: ['src/{model,config,core,ports,operators,broker}/**/*.ts', 'src/sources/{session,consumer}/**/*.ts'],
    ignores: [
      'src/sources/consumer/cluster-consumer.ts',
      'src/sources/consumer/share/cluster-share-consumer.ts',
      'src/operators/handling/handler-call.ts',
      'src/operators/handling/handler.ts'
    ],
    rules: {
      // In virtual time a promise never settles.
      'no-restricted-syntax': [
        'error',
        { selector: ':function[async=true]', message: 'a step that takes time is a Step' },
        { selector: 'NewExpression[callee.name="Promise"]', message: 'a step that takes time is a Step' }
      ]
    }
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      // Matchers read better so, and what a test leaves running is found by its own checks.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/unbound-method': 'off',
      // What users do wrong is part of what is tested.
      '@typescript-eslint/only-throw-error': 'off',
      '@typescript-eslint/prefer-promise-reject-errors': 'off',
      'rxjs-x/throw-error': 'off',
      'rxjs-x/no-nested-subscribe': 'off',
      'rxjs-x/no-unsafe-takeuntil': 'off'
    }
  },
  {
    files: ['examples/**/*.ts'],
    rules: {
      // What is to be seen there is the library, not how a number or null becomes text.
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        {
          allowAny: false,
          allowBoolean: false,
          allowNever: false,
          allowNullish: true,
          allowNumber: true,
          allowRegExp: false
        }
      ]
    }
  }
)
