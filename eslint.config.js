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

/** Inside src: `rng, math ← nn, buffers ← training`; backend sees tfjs-core and itself only. */
const BESIDE = {
  backend: ['nn', 'buffers', 'storage', 'training', 'logging'],
  nn: ['buffers', 'storage', 'training', 'logging'],
  buffers: ['nn', 'backend', 'storage', 'training', 'logging'],
  logging: ['nn', 'backend', 'buffers', 'storage', 'training'],
  storage: ['nn', 'backend', 'buffers', 'training', 'logging'],
}
const inside = Object.entries(BESIDE).flatMap(([target, forbidden]) =>
  forbidden.map((from) => ({ target: `./src/${target}`, from: `./src/${from}` })),
)

/** Where types still turn in circles: only values are held to one direction there. */
const CIRCULAR_STILL = ['src/backend/**/*.ts', 'cli/**/*.ts']

/** Packages named as our own published entry points, by the floor that they belong to. */
const ownPackages = (floor) =>
  floor === 'envs' ? ['gymnasium-js', 'wn-rl'] : floor === 'examples' ? [] : ['wn-rl']

const nondeterminism = [
  { object: 'Math', property: 'random', message: 'Draw from a seeded Rng stream.' },
  { object: 'Date', property: 'now', message: 'Clocks live in cli/ only.' },
]

export default tseslint.config(
  {
    ignores: [
      '**/dist/**',
      '**/node_modules/**',
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
  {
    files: CIRCULAR_STILL,
    rules: { 'house/no-import-circle': 'off', 'import-x/no-cycle': 'error' },
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
    files: ['src/storage/directory.ts', 'src/logging/files.ts', 'envs/src/vector/worker-*.ts'],
    rules: { 'no-restricted-imports': 'off' },
  },
  {
    files: ['cli/**/*.ts', 'bench/**/*.ts'],
    rules: { 'no-console': 'off', 'no-restricted-properties': 'off' },
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
