/**
 * Two kinds of project: those that need nothing but Node, and `server`, whose tests share one Temporal dev server and
 * one bundle of the workflows, made once before the first of them.
 *
 * @jest-config-loader esbuild-register
 */
import type { Config } from 'jest';

type Project = Exclude<NonNullable<Config['projects']>[number], string>;

/** Packages without a CommonJS form; Jest loads them only when they are compiled as our own files are. */
const esModulePackages = ['@noble/hashes', 'temporal-polyfill', 'temporal-utils'];

const swc = [
  '@swc/jest',
  {
    jsc: { target: 'es2022', parser: { syntax: 'typescript' }, keepClassNames: true },
    module: { type: 'commonjs' },
    sourceMaps: 'inline',
  },
] satisfies [string, Record<string, unknown>];

const shared: Project = {
  rootDir: __dirname,
  testEnvironment: '<rootDir>/tests/support/environment.cjs',
  transform: { '\\.(ts|js)$': swc },
  transformIgnorePatterns: [`/node_modules/(?!(${esModulePackages.join('|')})/)`],
  moduleNameMapper: { '^tidemill$': '<rootDir>/index.ts' },
  modulePathIgnorePatterns: ['<rootDir>/.tidemill/'],
  globalSetup: '<rootDir>/tests/support/global-setup.ts',
};

function project(name: string, ...folders: string[]): Project {
  return { ...shared, displayName: name, testMatch: folders.map((folder) => `<rootDir>/tests/${folder}/**/*.test.ts`) };
}

function withServer(one: Project): Project {
  return {
    ...one,
    globalSetup: '<rootDir>/tests/support/server-setup.ts',
    globalTeardown: '<rootDir>/tests/support/server-teardown.ts',
  };
}

const config: Config = {
  // Two workers whatever the machine: beside them run DuckDB's own threads and a Temporal server.
  maxWorkers: 2,
  testTimeout: 120_000,
  coverageDirectory: '<rootDir>/coverage',
  coverageReporters: [['text', { skipFull: true }], 'lcovonly'],
  collectCoverageFrom: ['engine/**/*.ts'],
  coverageThreshold: { global: {}, './engine/': { branches: 100 } },
  projects: [
    project('unit', 'unit', 'types'),
    project('sql', 'sql'),
    project('activities', 'activities', 'warehouse'),
    project('architecture', 'architecture'),
    withServer(project('server', 'workflows', 'replay', 'system', 'browser')),
    withServer(project('chaos', 'chaos')),
  ],
};

export default config;
