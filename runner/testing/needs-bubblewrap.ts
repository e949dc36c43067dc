import type {TestContext} from 'vitest';
import {findSandbox} from '../sandbox/find-sandbox.ts';

const here = await findSandbox('bubblewrap', process.env.PATH ?? '');

/** Skips a test where there is no bubblewrap, or a kernel that forbids it, and says so. */
export function needsBubblewrap(context: TestContext): void {
  context.skip(!here.found, `NOT TESTED: ${here.found ? '' : here.why}`);
}
