import {defineConfig} from 'vitest/config';

export default defineConfig({
  test: {
    globalSetup: ['artifacts/testing/start-s3-servers.ts'],
    include: ['{schemas,artifacts,runner}/**/*.test.ts'],
    env: {AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true'},
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Real processes, disks and builds: two cores are soon full.
    maxWorkers: 2,
  },
});
