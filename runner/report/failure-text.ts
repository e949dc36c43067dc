import type {SkipReason, StageFailure} from '../../schemas/failure.ts';
import {unreachable} from '../../schemas/result.ts';
import {diskTroubleText} from './disk-trouble-text.ts';
import {bytesText, durationText} from './quantity-text.ts';

export interface FailureText {
  readonly reason: string;
  /** What to do next. */
  readonly help: string | undefined;
}

/** The only place where a stage's failure gets its words. */
export function failureText(failure: StageFailure): FailureText {
  switch (failure.code) {
    case 'exited':
      return {
        reason: `its program ended with exit code ${failure.exitCode}`,
        help: 'run again when it is mended: finished stages are cached',
      };
    case 'signalled':
      return signalText(failure.signal, failure.peakBytes);
    case 'not-started':
      return {
        reason: `its program \`${failure.program}\` could not be started: ${failure.why}`,
        help: 'the program must be in the stage’s environment or in the system’s directories',
      };
    case 'lost':
      return {reason: failure.why, help: 'run again: finished stages are cached'};
    case 'timed-out':
      return {
        reason: `it ran longer than its limit of ${durationText(failure.seconds)}`,
        help: 'raise `resources.time` of the stage',
      };
    case 'never-finished':
      return {
        reason: `it asked to be resumed ${failure.resumed} times and never finished`,
        help: 'exit 75 means "resume me": end with 0 when the work is done',
      };
    case 'output-refused':
      return {
        reason: `its output \`${failure.output}\` was refused: ${failure.why}`,
        help: 'an output is a regular file or a directory of regular files, at the path that the request names',
      };
    case 'reply-malformed':
      return {
        reason: `its ${failure.file} can't be used: ${failure.why}`,
        help: 'write it as UTF-8 JSON with each name once; a number that a double can’t hold goes as a string',
      };
    case 'value-missing':
      return {
        reason: `it did not give its value \`${failure.value}\``,
        help: 'write it to values.json, as stages/README.md describes',
      };
    case 'value-mistyped':
      return {
        reason: `its value \`${failure.value}\` should be of type ${failure.expected}, and is ${JSON.stringify(failure.found)}`,
        help: undefined,
      };
    case 'environment':
      return {
        reason: `its environment \`${failure.environment}\` is not to be had: ${failure.why}`,
        help: failure.help,
      };
    case 'source':
      return {reason: `source \`${failure.source}\`: ${failure.why}`, help: failure.help};
    case 'too-few-gpus':
      return {
        reason: `it needs ${failure.needed} GPUs, and this machine has ${failure.found}`,
        help: 'choose another profile, or run it where the GPUs are',
      };
    case 'input-not-cached':
      return {
        reason: 'a stage that was asked for with --only needs its result, and it is not in the cache',
        help: 'use --until instead of --only to run what is needed as well',
      };
    case 'code-changed':
      return {
        reason: 'it changed the code that it was run from',
        help: 'a stage writes to outputs/, tmp/ and resume/ only; with bubblewrap installed it can’t do otherwise',
      };
    case 'store':
      return {
        reason: `the store failed (${failure.storeCode}): ${failure.why}`,
        help: storeHelp(failure.storeCode),
      };
    case 'disk':
      return diskTroubleText(failure);
    case 'interrupted':
      return {reason: 'interrupted', help: undefined};
    case 'unexpected':
      return {reason: failure.why, help: 'this is a bug in repro: please report it with these lines'};
    default:
      return unreachable(failure);
  }
}

function signalText(signal: number, peakBytes: number): FailureText {
  const reason = `its program was ended by signal ${signal}, having used up to ${bytesText(peakBytes)} of memory`;
  const help =
    signal === 9
      ? 'signal 9 without a time limit usually means that the machine was out of memory'
      : undefined;
  return {reason, help};
}

function storeHelp(code: string): string {
  if (code === 'full') return 'free some space, then run again: nothing is lost';
  if (code === 'corrupt' || code === 'missing')
    return 'run again: what is damaged was set aside and will be made anew';
  return 'run again when the store is well: finished stages are cached';
}

export function skipText(reason: SkipReason): string {
  switch (reason.code) {
    case 'upstream-failed':
      return `${reason.stage} has no result`;
    case 'stopped-after-failure':
      return 'the run stops after a failure (--keep-going goes on)';
    case 'not-selected':
      return 'not selected';
    case 'interrupted':
      return 'interrupted';
    default:
      return unreachable(reason);
  }
}
