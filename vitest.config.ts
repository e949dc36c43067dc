import {defineConfig} from 'vitest/config';
import floor from './runner/testing/coverage-floor.json' with {type: 'json'};

export default defineConfig({
  test: {
    globalSetup: ['artifacts/testing/start-s3-servers.ts'],
    include: ['{schemas,artifacts,runner}/**/*.test.ts'],
    env: {AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true'},
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Real processes, disks and builds: two cores are soon full.
    maxWorkers: 2,
    // Of what runs in the tests' own processes; the command line that the e2e tests start is a bundle, and not counted.
    coverage: {
      provider: 'v8',
      include: ['{schemas,artifacts,runner}/**/*.ts'],
      exclude: ['**/*.test.ts', '**/testing/**'],
      reporter: ['text-summary', 'json-summary'],
      reportsDirectory: 'dist/coverage',
      thresholds: floor,
    },
  },
});
