import {mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {replaceFile} from '../../artifacts/disk/replace-file.ts';

/**
 * `.repro/runs/<name>/`: record.json (once it has ended), events.ndjson and logs/. Names sort by time; they
 * are for people, the run's id is the digest of its record.
 */
export interface RunDirectory {
  readonly name: string;
  readonly path: string;
  readonly logs: string;
  readonly events: string;
  readonly record: string;
}

export type RunRoom = 'runs' | 'replays' | 'audits';

export function newRunDirectory(project: string, startedAt: Date, room: RunRoom = 'runs'): RunDirectory {
  const runs = join(project, room);
  mkdirSync(runs, {recursive: true});
  const stamp = startedAt.toISOString().replace(/[-:]/g, '').replace(/\.\d+/, '');
  for (let i = 1; ; i++) {
    const name = i === 1 ? stamp : `${stamp}-${i}`;
    if (!claimed(join(runs, name))) continue;
    const directory = runDirectory(project, name, room);
    mkdirSync(directory.logs);
    return directory;
  }
}

/** Two runs may start within one second: the one that makes the folder has the name. */
function claimed(path: string): boolean {
  try {
    mkdirSync(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

export function runDirectory(project: string, name: string, room: RunRoom = 'runs'): RunDirectory {
  const path = join(project, room, name);
  return {
    name,
    path,
    logs: join(path, 'logs'),
    events: join(path, 'events.ndjson'),
    record: join(path, 'record.json'),
  };
}

/** Oldest first. */
export function listRuns(project: string): readonly string[] {
  try {
    return readdirSync(join(project, 'runs')).sort();
  } catch {
    return []; // No run yet.
  }
}

/** How long each stage took when it last ran: only to say what to expect. */
export type Timings = Readonly<Record<string, number>>;

export function readTimings(project: string): Timings {
  try {
    return JSON.parse(readFileSync(join(project, 'timings.json'), 'utf8')) as Timings;
  } catch {
    return {}; // Never written, or torn: nothing depends on it.
  }
}

export function writeTimings(project: string, timings: Timings): void {
  writeFileSync(join(project, 'timings.json'), `${JSON.stringify(timings)}\n`);
}

export function writeRecord(file: string, bytes: Uint8Array): void {
  replaceFile(file, bytes);
}
