import js from '@eslint/js'
import { createNodeResolver, importX } from 'eslint-plugin-import-x'
import tseslint from 'typescript-eslint'
import { noImportCircle } from './scripts/no-import-circle.js'

/** Ground floor first: a folder may import from those before it, never from those behind it. */
const FLOORS = ['envs', 'src', 'agents', 'configs', 'runs']
/** Side by side above the last floor: each may use every floor, but of one another only what USES names. */
const ATTICS = ['cli', 'page', 'bench', 'research', 'examples', 'test']
const USES = { bench: ['cli'], research: ['bench', 'cli'], test: ATTICS }

/** DESIGN: `envs ← src ← agents ← configs ← runs ← cli, page, bench, research, test`. Types too. */
const zones = [
  ...FLOORS.flatMap((floor, i) =>
    [...FLOORS.slice(i + 1), ...ATTICS].map((above) => [floor, above]),
  ),
  ...ATTICS.flatMap((attic) =>
    ATTICS.filter((other) => other !== attic && !USES[attic]?.includes(other)).map((other) => [
      attic,
      other,
    ]),
  ),
].map(([target, from]) => ({
  target: `./${target}`,
  from: `./${from}`,
  message: `${target}/ must not import from ${from}/: see the floors in eslint.config.js.`,
}))

/**
 * Inside src: `rng, errors, state, masks, trouble ← backend ← nn, policies, buffers ← storage, training`; backend sees
 * tfjs-core and itself only.
 */
const BESIDE = {
  backend: ['nn', 'buffers', 'policies', 'storage', 'training', 'logging'],
  nn: ['buffers', 'policies', 'storage', 'training', 'logging'],
  buffers: ['nn', 'backend', 'policies', 'storage', 'training', 'logging'],
  policies: ['storage', 'training', 'logging'],
  logging: ['nn', 'backend', 'buffers', 'policies', 'storage', 'training'],
  storage: ['nn', 'backend', 'buffers', 'policies', 'training', 'logging'],
}
const inside = Object.entries(BESIDE).flatMap(([target, forbidden]) =>
  forbidden.map((from) => ({ target: `./src/${target}`, from: `./src/${from}` })),
)

/** Packages named as our own published entry points, by the floor that they belong to. */
const ownPackages = (floor) =>
  floor === 'envs' ? ['gymnasium-js', 'wn-rl'] : floor === 'examples' ? [] : ['wn-rl']

const nondeterminism = [
  { object: 'Math', property: 'random', message: 'Draw from a seeded Rng stream.' },
  { object: 'Date', property: 'now', message: 'Clocks live in runs/ and above only.' },
]

export default tseslint.config(
  {
    ignores: [
      '**/dist/**',
      '**/node_modules/**',
      'runs/*/**',
      '!runs/{backends,seeds}/**',
      'coverage/**',
      'test/golden/data/**',
      'src/backend/assembly/**',
      'src/backend/simd/kernels.generated.ts',
    ],
  },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    plugins: { 'import-x': importX, house: { rules: { 'no-import-circle': noImportCircle } } },
    settings: {
      'import-x/resolver-next': [createNodeResolver({ extensions: ['.ts', '.js'] })],
      'import-x/parsers': { '@typescript-eslint/parser': ['.ts'] },
    },
    rules: {
      'import-x/no-restricted-paths': ['error', { zones: [...zones, ...inside] }],
      'house/no-import-circle': 'error',
      'import-x/no-default-export': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      'no-console': 'error',
      'no-restricted-properties': ['error', ...nondeterminism],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-non-null-assertion': 'off', // noUncheckedIndexedAccess asks for it in inner loops
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
    },
  },
  ...['envs', 'src', 'agents'].map((floor) => ({
    files: [`${floor}/**/*.ts`],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: ownPackages(floor).flatMap((name) => [name, `${name}/*`]),
              message: 'Import the file, not the published face.',
            },
            {
              group: ['node:*'],
              message: 'This runs in browsers too; only the file-system halves may use Node.',
            },
          ],
        },
      ],
    },
  })),
  {
    // The file-system halves of storage and logging, and the threads of gymnasium-js/workers.
    files: [
      'src/ordinary-file.ts',
      'src/storage/no-links.ts',
      'src/storage/directory.ts',
      'src/logging/files.ts',
      'envs/src/vector/worker-*.ts',
    ],
    rules: { 'no-restricted-imports': 'off' },
  },
  {
    files: ['cli/**/*.ts', 'bench/**/*.ts', 'research/**/*.ts'],
    rules: { 'no-console': 'off', 'no-restricted-properties': 'off' },
  },
  {
    // A run takes time, and says how much of it; but it prints nothing, and ends no process.
    files: ['runs/**/*.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        nondeterminism[0],
        ...['exit', 'stdout', 'stderr'].map((property) => ({
          object: 'process',
          property,
          message: 'Only cli/ speaks to the terminal.',
        })),
      ],
    },
  },
  {
    files: ['*.config.ts', 'envs/*.config.ts', 'examples/**/*.ts', 'test/**/fixtures/*.ts'],
    rules: { 'import-x/no-default-export': 'off', 'no-console': 'off' },
  },
  { files: ['test/**/*.ts'], rules: { 'no-restricted-properties': 'off' } },
  {
    files: ['bin/*.js', 'scripts/**/*.js', 'test/runtimes/*.js', 'eslint.config.js'],
    languageOptions: {
      globals: {
        Buffer: 'readonly',
        console: 'readonly',
        performance: 'readonly',
        process: 'readonly',
        URL: 'readonly',
        WebAssembly: 'readonly',
      },
    },
  },
)
