import {readFileSync} from 'node:fs';
import {digestOfBytes} from '../../artifacts/hashing.ts';
import {type Digest, hexOf} from '../../schemas/digest.ts';
import type {RunRecord} from '../../schemas/run-record.ts';
import {listRuns, runDirectory} from './run-directory.ts';

export interface FoundRun {
  readonly name: string;
  readonly digest: Digest;
  readonly record: RunRecord;
}

/** The run that `wanted` names, by its folder or by the start of its digest; the newest with a record by default. */
export function findRun(project: string, wanted: string | undefined): FoundRun | undefined {
  for (const name of [...listRuns(project)].reverse()) {
    const found = readRun(project, name);
    if (found !== undefined && (wanted === undefined || isCalled(found, wanted))) return found;
  }
  return undefined;
}

/** The newest receipts of a stage, newest run first: what `why` compares with. */
export function* recordsOf(project: string): Generator<FoundRun> {
  for (const name of [...listRuns(project)].reverse()) {
    const found = readRun(project, name);
    if (found !== undefined) yield found;
  }
}

/** Formats of records. What a newer repro wrote may mean what this one would misread. */
const READABLE: ReadonlySet<number> = new Set([1, 2]);

function readRun(project: string, name: string): FoundRun | undefined {
  try {
    const bytes = readFileSync(runDirectory(project, name).record);
    const record = JSON.parse(bytes.toString()) as RunRecord;
    return READABLE.has(record.run) ? {name, digest: digestOfBytes(bytes), record} : undefined;
  } catch {
    return undefined; // Still running, or killed before its end.
  }
}

function isCalled({name, digest}: FoundRun, wanted: string): boolean {
  return name === wanted || hexOf(digest).startsWith(wanted.replace(/^sha256:/, ''));
}
