import {BucketError} from '../../artifacts/bucket/bucket-error.ts';
import {diskTroubleOf} from '../../artifacts/disk-trouble.ts';
import {StoreError} from '../../artifacts/store-error.ts';
import {ExitCode} from '../../schemas/exit-code.ts';
import {diagnosticText} from '../report/diagnostic-text.ts';
import {diskTroubleText} from '../report/disk-trouble-text.ts';
import {failureText} from '../report/failure-text.ts';
import type {World} from './world.ts';

/**
 * The seam for what no command expected: a store that can't be used is said in words, a bug with its stack,
 * for who has to mend it.
 */
export function reportTrouble(error: unknown, world: World): number {
  if (error instanceof StoreError) {
    const {code: storeCode, subject, message} = error;
    const {reason, help} = failureText({code: 'store', storeCode, subject, why: message});
    say(reason, 'store', help, world);
    return ExitCode.store;
  }
  if (error instanceof BucketError) {
    say(error.message, 'store', undefined, world);
    return error.retryable ? ExitCode.tryAgain : ExitCode.store;
  }
  const trouble = diskTroubleOf(error);
  if (trouble !== undefined) {
    const {reason, help} = diskTroubleText(trouble);
    say(reason, 'disk', help, world);
    return ExitCode.store;
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  say(error instanceof Error ? error.message : String(error), 'unexpected', undefined, world);
  world.err.write(`\n${stack}\n\nthis is a bug in repro: please report it with these lines\n`);
  return ExitCode.bug;
}

function say(message: string, code: string, help: string | undefined, world: World): void {
  const diagnostic = {severity: 'error', code, message, ...(help !== undefined && {help})} as const;
  world.err.write(diagnosticText([diagnostic], {directory: world.directory}));
}
