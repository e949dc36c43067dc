import {ExitCode} from './exit-code.ts';
import type {StageFailure} from './failure.ts';

/** What a run ends with whose only failure this is. */
export const FAILURE_EXIT_CODES: Readonly<Record<StageFailure['code'], ExitCode>> = {
  exited: ExitCode.stageFailed,
  signalled: ExitCode.stageFailed,
  'not-started': ExitCode.stageFailed,
  'argument-refused': ExitCode.stageFailed,
  'timed-out': ExitCode.stageFailed,
  'memory-limit': ExitCode.stageFailed,
  'process-limit': ExitCode.stageFailed,
  'never-finished': ExitCode.stageFailed,
  'output-refused': ExitCode.stageFailed,
  'reply-malformed': ExitCode.stageFailed,
  'value-missing': ExitCode.stageFailed,
  'value-mistyped': ExitCode.stageFailed,
  environment: ExitCode.stageFailed,
  source: ExitCode.stageFailed,
  'too-few-gpus': ExitCode.stageFailed,
  'input-not-cached': ExitCode.stageFailed,
  'code-changed': ExitCode.stageFailed,
  store: ExitCode.store,
  disk: ExitCode.store,
  lost: ExitCode.tryAgain,
  interrupted: ExitCode.interrupted,
  unexpected: ExitCode.bug,
};

/** Of several: a bug first, then the store; trying again helps only where it helps with all. */
export function exitCodeOfFailures(failures: readonly StageFailure[]): ExitCode {
  const codes = failures.map(({code}) => FAILURE_EXIT_CODES[code]);
  const first = [ExitCode.bug, ExitCode.store].find((code) => codes.includes(code));
  if (first !== undefined) return first;
  if (codes.length > 0 && codes.every((code) => code === ExitCode.tryAgain)) return ExitCode.tryAgain;
  return ExitCode.stageFailed;
}
