import {mkdirSync} from 'node:fs';
import {join} from 'node:path';
import {errnoOf} from '../../artifacts/disk-trouble.ts';
import {namesIn} from '../../artifacts/files/folder-names.ts';
import {replaceFile} from '../../artifacts/files/replace-file.ts';
import {readSmallText} from '../../artifacts/files/small-file.ts';
import {oldestFirst, takeRunNumber} from './run-order.ts';

/**
 * `.repro/runs/<name>/`: record.json (once it has ended), events.ndjson and logs/. Names say when, by
 * a clock that may have been wrong; what came after what is in run-order.ts. The run's id is the digest of its record.
 */
export interface RunDirectory {
  readonly name: string;
  readonly path: string;
  readonly logs: string;
  readonly events: string;
  readonly record: string;
  /** What a replay found. */
  readonly report: string;
}

export type RunShelf = 'runs' | 'replays' | 'audits';

export function newRunDirectory(project: string, startedAt: Date, shelf: RunShelf = 'runs'): RunDirectory {
  const runs = join(project, shelf);
  mkdirSync(runs, {recursive: true});
  const stamp = startedAt.toISOString().replace(/[-:]/g, '').replace(/\.\d+/, '');
  for (let i = 1; ; i++) {
    const name = i === 1 ? stamp : `${stamp}-${i}`;
    if (!taken(join(runs, name))) continue;
    const directory = runDirectory(project, name, shelf);
    mkdirSync(directory.logs);
    takeRunNumber(project, shelf, name);
    return directory;
  }
}

/** Two runs may start within one second: the one that makes the folder has the name. */
function taken(path: string): boolean {
  try {
    mkdirSync(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

export function runDirectory(project: string, name: string, shelf: RunShelf = 'runs'): RunDirectory {
  const path = join(project, shelf, name);
  return {
    name,
    path,
    logs: join(path, 'logs'),
    events: join(path, 'events.ndjson'),
    record: join(path, 'record.json'),
    report: join(path, 'report.json'),
  };
}

/** Oldest first. */
export function listRuns(project: string, shelf: RunShelf = 'runs'): readonly string[] {
  return oldestFirst(project, shelf, namesIn(join(project, shelf), 'absent'));
}

/** How long each stage took when it last ran: only to say what to expect. */
export type Timings = Readonly<Record<string, number>>;

export function readTimings(project: string): Timings {
  try {
    const timings = JSON.parse(readSmallText(join(project, 'timings.json')) ?? '{}') as unknown;
    const isTable = typeof timings === 'object' && timings !== null;
    return Object.fromEntries(Object.entries(isTable ? timings : {}).filter(isTiming));
  } catch {
    return {}; // Torn, or something else in its place: nothing depends on it.
  }
}

function isTiming(entry: [string, unknown]): entry is [string, number] {
  return typeof entry[1] === 'number' && Number.isFinite(entry[1]);
}

export function writeTimings(project: string, timings: Timings): void {
  try {
    replaceFile(join(project, 'timings.json'), Buffer.from(`${JSON.stringify(timings)}\n`));
  } catch (error) {
    // A cache: what is lost is only what to expect.
    if (errnoOf(error) === undefined) throw error;
  }
}

export function writeRecord(file: string, bytes: Uint8Array): void {
  replaceFile(file, bytes);
}
