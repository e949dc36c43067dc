import type {PlacedLink} from '../../artifacts/store.ts';
import type {StageFailure} from '../../schemas/failure.ts';
import type {Interruption, MemoryHeld} from '../../schemas/receipt.ts';
import {err, ok, type Result} from '../../schemas/result.ts';
import type {Gpu} from '../hardware/gpus.ts';
import {type CheckpointKey, type History, hasCheckpoint} from './checkpoints.ts';
import type {PlacedCode} from './code-folder.ts';
import {checkpointContents, fingerprintOf} from './resume-fingerprint.ts';
import type {RunContext} from './run-context.ts';
import {clearForResume} from './scratch.ts';
import {runStageProcess, type StageProcess} from './stage-process.ts';

/** A stage whose scratch is filled: all that is left to do is to start it. */
export interface Prepared {
  readonly process: StageProcess;
  readonly code: readonly PlacedCode[];
  readonly links: readonly PlacedLink[];
  readonly checkpointKey: CheckpointKey;
  /** What had stopped it before, if it goes on from a checkpoint. */
  readonly history: History;
  /** What it goes on from, as it looked when it began; undefined when it begins anew. */
  readonly from: string | undefined;
  /** A part of a training gives no checkpoint of the whole. */
  readonly mayKeep: boolean;
}

/** A stage that has been resumed this often, or this often with the same checkpoint, is going in circles. */
const MOST_RESUMES = 1000;
const MOST_CIRCLES = 50;

/** How its process went until it ended: what interrupted it, and what its last start went on from. */
export interface Ended {
  readonly interruptions: readonly Interruption[];
  readonly from: string | undefined;
}

export interface Finished extends Ended {
  readonly memory: MemoryHeld;
}

function heldBy({stage}: StageProcess, watched: boolean): MemoryHeld {
  if (stage.resources.memory === undefined) return 'undeclared';
  return watched ? 'watched' : 'limited';
}

/**
 * Runs the stage's program, again from its checkpoint when it asks for that. Gives what interrupted it. When it fails,
 * is stopped or killed, what it left to go on from is kept for the next attempt or the next run.
 */
export async function runToItsEnd(
  prepared: Prepared,
  gpus: readonly Gpu[],
  context: RunContext,
): Promise<Result<Finished, StageFailure>> {
  const {process, checkpointKey: claim, history} = prepared;
  const {scratch} = process;
  let ended: Ended = {interruptions: history.interruptions, from: prepared.from};
  let before: string | undefined;
  let circles = 0;
  for (let resumed = 0; ; resumed++) {
    const exit = await runStageProcess(process, gpus, context);
    if (exit.how === 'done') return ok({...ended, memory: heldBy(process, exit.watched)});
    if (exit.how === 'failed') {
      const how = howInterrupted(exit.failure);
      if (how === undefined) keepAfterFailure(prepared, ended, context);
      else keepCheckpoint(prepared, {...ended, failures: 0}, how, context);
      return err(exit.failure);
    }
    // To programs that know no contract 75 is a failure like any other; ours has left something to go on from.
    if (!hasCheckpoint(scratch)) return err({code: 'exited', exitCode: 75});
    const contents = checkpointContents(scratch);
    circles = contents === before ? circles + 1 : 0;
    before = contents;
    if (resumed >= MOST_RESUMES || circles >= MOST_CIRCLES) return err({code: 'never-finished', resumed});
    const interruptions = [...ended.interruptions, interruption('asked', context)];
    ended = {interruptions, from: fingerprintOf(scratch)};
    context.checkpoints.claim(scratch, claim, {...history, interruptions});
    clearForResume(scratch);
  }
}

/**
 * A stage that failed by itself may fail because of what it went on from. So a checkpoint that it wrote since is kept,
 * the one that it began with is not, and none is after a few failures in a row: then it begins anew.
 */
export function keepAfterFailure(prepared: Prepared, ended: Ended, context: RunContext): void {
  const {scratch} = prepared.process;
  const failures = prepared.history.failures + 1;
  if (failures >= MOST_FAILURES || fingerprintOf(scratch) === ended.from) return;
  keepCheckpoint(prepared, {...ended, failures}, 'killed', context);
}

const MOST_FAILURES = 3;

export function keepCheckpoint(
  {process: {scratch}, checkpointKey: claim, mayKeep}: Prepared,
  {interruptions, failures}: History,
  how: Interruption['how'],
  context: RunContext,
): void {
  if (!mayKeep || !hasCheckpoint(scratch)) return;
  const history = {interruptions: [...interruptions, interruption(how, context)], failures};
  context.checkpoints.claim(scratch, claim, history);
  context.checkpoints.keep(scratch, claim, history);
}

function interruption(how: Interruption['how'], {now}: RunContext): Interruption {
  return {at: new Date(now()).toISOString(), how};
}

/** Undefined for a program that failed by itself: it may do so again from its checkpoint; one that was stopped would not. */
function howInterrupted({code}: StageFailure): Interruption['how'] | undefined {
  if (code === 'interrupted') return 'told';
  return code === 'signalled' || code === 'lost' || code === 'timed-out' ? 'killed' : undefined;
}
