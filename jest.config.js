export default {
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2024' },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  // The last line CI reads: "N passed, N failed, N skipped".
  reporters: ['default', '<rootDir>/test/support/totals-reporter.js'],
  // Brings a redis-server for the tests, where there is none.
  globalSetup: '<rootDir>/test/support/redis/set-up.ts',
  testTimeout: 20_000,
  // By itself jest leaves one core of two unused. No test asserts on time, so they may share both.
  maxWorkers: 2,
  // Planted mutants are copies of the program.
  modulePathIgnorePatterns: ['<rootDir>/.crash/'],
};
