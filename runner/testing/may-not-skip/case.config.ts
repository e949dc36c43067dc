import {defineConfig} from 'vitest/config';

/** Of the case below, which is no test of ours: judge.test.ts runs it to be seen skipping. */
export default defineConfig({test: {root: import.meta.dirname, include: ['*.case.ts']}});
