import type {SkipReason, StageFailure} from '../../schemas/failure.ts';
import {unreachable} from '../../schemas/result.ts';
import {bytesText, durationText, memoryText} from '../words/quantity-text.ts';
import {diskTroubleText} from './disk-trouble-text.ts';
import {shortJson} from './stranger-text.ts';

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
      return signalText(failure);
    case 'memory-limit':
      return {
        reason: `it used more memory than its limit of ${memoryText(failure.bytes)}${failure.watched ? ' (watched: this machine gives no means to limit it)' : ''}`,
        help: 'raise `resources.memory` of the stage',
      };
    case 'process-limit':
      return {
        reason: `it had more processes and threads than a stage may have (${MOST_TASKS})`,
        help: 'start fewer at a time; `resources.cpus` says how many threads are of use',
      };
    case 'not-started':
      return {
        reason: `its program \`${failure.program}\` could not be started: ${failure.why}`,
        // In the system's words (E2BIG): all arguments and variables together.
        help: /too long/i.test(failure.why)
          ? HAND_OVER
          : 'the program must be in the stage’s environment or in the system’s directories',
      };
    case 'argument-refused':
      return {
        reason:
          failure.why === 'nul'
            ? `${failure.what} holds a NUL character, which no program can be given`
            : `${failure.what} has ${failure.bytes} bytes, and a program can be given 131071 in one`,
        help: HAND_OVER,
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
        reason: `its value \`${failure.value}\` should be of type ${failure.expected}, and is ${shortJson(failure.found, 200)}`,
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

const HAND_OVER =
  'hand it over as a param that the command does not name: the program finds all of them in request.json (REPRO_REQUEST), whatever they hold';

/** As executors/local/local-executor.ts has it. */
const MOST_TASKS = 4096;

function signalText({signal, peakBytes, machineFull}: StageFailure & {code: 'signalled'}): FailureText {
  const used = peakBytes > 0 ? `, having used at least ${bytesText(peakBytes)} of memory` : '';
  const reason = `its program was ended by signal ${signal}${used}`;
  if (machineFull === true) {
    return {
      reason: `${reason}: the kernel ended it for want of memory`,
      help: 'the machine, or the container around repro, was full: run fewer stages at a time (-j), or say what each needs: `resources.memory`',
    };
  }
  const help =
    signal === 9 ? 'somebody or something killed it: repro did not, nor did a limit of its own' : undefined;
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
