import {defineConfig} from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{schemas,artifacts,runner}/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Real processes, disks and builds: two cores are soon full.
    maxWorkers: 2,
  },
});
