import {defineConfig} from 'vitest/config';

export default defineConfig({
  test: {
    globalSetup: ['artifacts/testing/start-s3-servers.ts'],
    include: ['{schemas,artifacts,runner}/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Real processes, disks and builds: two cores are soon full.
    maxWorkers: 2,
  },
});
