import {existsSync, lstatSync, mkdirSync, renameSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {namesIn} from '../../artifacts/files/folder-names.ts';
import {removeTree} from '../../artifacts/files/remove-tree.ts';
import {readSmallText} from '../../artifacts/files/small-file.ts';
import {ownerOf} from '../../artifacts/owner.ts';
import {errnoOf} from '../../artifacts/store-error.ts';
import {type Digest, hexOf, isDigest} from '../../schemas/digest.ts';
import type {Interruption} from '../../schemas/receipt.ts';

/**
 * Where what a stage wrote into `resume/` outlives its process, so that a later run of the same key on the same
 * hardware class goes on from there. A folder for each, beside the scratches, whose moves are renames: it is
 * either somebody's or nobody's, never both.
 */
export interface Checkpoints {
  /** Moves a checkpoint of this stage into its scratch, if there is one, and says how it came about. */
  adopt(claim: CheckpointKey, scratch: string): History;
  /** Says whose a scratch is, so that what a killed run leaves in it can be told apart. */
  claim(scratch: string, claim: CheckpointKey, history: History): void;
  /** Keeps what the stage left to go on from, and says whether that was anything. Its process must be dead. */
  keep(scratch: string, claim: CheckpointKey, history: History): boolean;
  /** Whether this process kept the one that is there. */
  isOwn(claim: CheckpointKey): boolean;
  /** What was moved from a scratch when it was kept, and is no folder. */
  filesOf(claim: CheckpointKey): readonly string[];
}

export interface History {
  readonly interruptions: readonly Interruption[];
  /** How many attempts in a row ended in failures of the stage's own. A checkpoint may be the cause of them. */
  readonly failures: number;
}

/** Nothing has happened yet. */
export const FRESH: History = {interruptions: [], failures: 0};

export interface CheckpointKey {
  readonly key: Digest;
  readonly hardware: Digest;
}

/** What of a scratch is a part of the result so far. */
const PARTS = ['resume', 'metrics.jsonl', 'trace.jsonl'] as const;

export function checkpoints(folder: string): Checkpoints {
  const own = new Set<string>();
  return {
    adopt(claim, scratch) {
      const place = checkpointFolder(folder, claim);
      if (!existsSync(place)) return FRESH;
      const mine = `${scratch}.adopted`;
      removeTree(mine);
      // Two runs may want it: whose rename succeeds has it, and the other starts from the beginning.
      if (!moved(place, mine)) return FRESH;
      const {interruptions, failures} = readNote(join(mine, 'note.json')) ?? FRESH;
      takeParts(mine, scratch);
      removeTree(mine);
      return {interruptions, failures};
    },
    claim(scratch, claim, history) {
      writeFileSync(noteOf(scratch), JSON.stringify({...claim, ...history}));
    },
    keep(scratch, claim, history) {
      const kept = keep(folder, scratch, claim, history);
      if (kept) own.add(checkpointFolder(folder, claim));
      return kept;
    },
    isOwn: (claim) => own.has(checkpointFolder(folder, claim)),
    filesOf: (claim) => PARTS.slice(1).map((part) => join(checkpointFolder(folder, claim), part)),
  };
}

/**
 * What killed runs left to go on from, before their scratches are removed. A stage that was killed without a
 * word had written its last checkpoint earlier, and goes on from that.
 */
export function rescueCheckpoints(
  {room: folder, scratches, now}: {readonly room: string; readonly scratches: string; readonly now: number},
  isAlive: (owner: string) => boolean,
): void {
  for (const name of namesIn(scratches, 'no-folder')) {
    const owner = ownerOf(name);
    if (!name.endsWith(NOTE) || owner === undefined || isAlive(owner)) continue;
    const note = readNote(join(scratches, name));
    const scratch = join(scratches, name.slice(0, -NOTE.length));
    if (note === undefined || !existsSync(scratch)) continue;
    const killed: Interruption = {at: new Date(now).toISOString(), how: 'killed'};
    keep(folder, scratch, note, {...note, interruptions: [...note.interruptions, killed]});
  }
}

const NOTE = '.claim.json';

function noteOf(scratch: string): string {
  return `${scratch}${NOTE}`;
}

function checkpointFolder(folder: string, {key, hardware}: CheckpointKey): string {
  return join(folder, `${hexOf(key)}.${hexOf(hardware)}`);
}

function keep(
  folder: string,
  scratch: string,
  {key, hardware}: CheckpointKey,
  {interruptions, failures}: History,
): boolean {
  if (!hasCheckpoint(scratch)) return false;
  mkdirSync(folder, {recursive: true, mode: 0o700});
  const growing = `${scratch}.kept`;
  removeTree(growing);
  mkdirSync(growing, {mode: 0o700});
  for (const part of PARTS) if (isSound(join(scratch, part))) moved(join(scratch, part), join(growing, part));
  writeFileSync(join(growing, 'note.json'), JSON.stringify({key, hardware, interruptions, failures}));
  const place = checkpointFolder(folder, {key, hardware});
  // An older one of the same stage would only lose work.
  removeTree(`${growing}.old`);
  moved(place, `${growing}.old`);
  const done = moved(growing, place);
  removeTree(`${growing}.old`);
  if (!existsSync(join(scratch, 'resume'))) mkdirSync(join(scratch, 'resume'));
  return done;
}

export function hasCheckpoint(scratch: string): boolean {
  const folder = join(scratch, 'resume');
  return isSound(folder) && namesIn(folder, 'no-folder').length > 0;
}

function takeParts(from: string, scratch: string): void {
  for (const part of PARTS) {
    if (!existsSync(join(from, part))) continue;
    removeTree(join(scratch, part));
    renameSync(join(from, part), join(scratch, part));
  }
}

/** A stage may have put a link where its folder or file was. */
function isSound(path: string): boolean {
  const stat = lstatSync(path, {throwIfNoEntry: false});
  return stat !== undefined && (stat.isFile() || stat.isDirectory());
}

function moved(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return false;
  }
}

function readNote(path: string): (CheckpointKey & History) | undefined {
  try {
    const note = JSON.parse(readSmallText(path) ?? '{}') as Partial<CheckpointKey> & {
      interruptions?: unknown;
      failures?: unknown;
    };
    if (!isDigest(note.key) || !isDigest(note.hardware) || !Array.isArray(note.interruptions))
      return undefined;
    const failures = typeof note.failures === 'number' ? note.failures : 0;
    const interruptions = note.interruptions as Interruption[];
    return {key: note.key, hardware: note.hardware, interruptions, failures};
  } catch {
    return undefined; // Torn: whoever wrote it was killed before its stage had begun.
  }
}
