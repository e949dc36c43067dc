import {randomBytes} from 'node:crypto';
import {resolve} from 'node:path';
import {digestOfFile} from '../../../artifacts/hashing.ts';
import {type Diagnostic, problem} from '../../../schemas/diagnostic.ts';
import {err, ok, type Result} from '../../../schemas/result.ts';
import type {Draw, Grade} from '../../../schemas/segments.ts';
import {parseSampleSize} from '../../audit/sample.ts';
import type {World} from '../../opening/world/world.ts';
import type {SandboxChoice} from '../../sandbox/find-sandbox.ts';

/** Of `--replay`. */
export interface ReplayWishes {
  /** `15%` of what was recorded; everything by default. */
  readonly budget: string | undefined;
  readonly grade: Grade;
  readonly trust: string | undefined;
  readonly stores: readonly string[];
  readonly jobs: number | undefined;
  readonly sandbox: SandboxChoice;
}

/** What decides which parts are looked at, and how many. */
export interface ChosenDraw {
  readonly seed: string;
  readonly seedFrom: Draw['seedFrom'];
  /** Percent; undefined: everything. */
  readonly budget: number | undefined;
}

export interface DrawWords {
  readonly seed: string | undefined;
  /** A file whose bytes are the seed. */
  readonly beacon?: string | undefined;
  readonly replay?: ReplayWishes | undefined;
}

/** The auditor’s seed, the digest of a beacon’s bytes, or what the machine rolls. */
export function chooseDraw({seed, beacon, replay}: DrawWords, world: World): Result<ChosenDraw, Diagnostic> {
  const size = replay?.budget === undefined ? undefined : parseSampleSize(replay.budget);
  if (replay?.budget !== undefined && size?.what !== 'share') return err(badBudget(replay.budget));
  const budget = size?.what === 'share' ? size.percent : undefined;
  if (replay?.grade === 'trainer' && budget === undefined) return err(wholeIsFull());
  if (beacon !== undefined) return ofBeacon(beacon, budget, world);
  if (seed !== undefined && !seed.isWellFormed()) return err(problem('bad-seed', '--seed is no valid text'));
  if (seed !== undefined) return ok({seed, seedFrom: 'named', budget});
  return ok({seed: randomBytes(8).toString('hex'), seedFrom: 'random', budget});
}

function ofBeacon(file: string, budget: number | undefined, world: World): Result<ChosenDraw, Diagnostic> {
  try {
    const {digest} = digestOfFile(resolve(world.directory, file));
    return ok({seed: digest, seedFrom: 'beacon', budget});
  } catch {
    return err(problem('bad-beacon', `--beacon ${file} can’t be read`, 'name a file'));
  }
}

function wholeIsFull(): Diagnostic {
  return problem('bad-grade', '--grade trainer is of segments', 'say how much, with --budget');
}

function badBudget(text: string): Diagnostic {
  return problem('bad-budget', `--budget ${text} is no percentage`, 'write one above 0, up to 100%: 15%');
}
