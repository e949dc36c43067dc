import {readSmallFile} from '../../artifacts/files/small-file.ts';
import {digestOfBytes} from '../../artifacts/hashing.ts';
import {type Digest, hexOf} from '../../schemas/digest.ts';
import {err, ok, type Result} from '../../schemas/result.ts';
import type {RunRecord} from '../../schemas/run-record.ts';
import {listRuns, runDirectory} from './run-directory.ts';

export interface FoundRun {
  readonly name: string;
  readonly digest: Digest;
  readonly record: RunRecord;
}

/** Told of a record that is there and can't be used: whoever asked for the last run gets an older one. */
export type PassedOver = (file: string, why: string) => void;

/** The run that `wanted` names, by its folder or by the start of its digest; the newest with a record by default. */
export function findRun(
  project: string,
  wanted: string | undefined,
  passedOver: PassedOver = () => undefined,
): FoundRun | undefined {
  for (const name of [...listRuns(project)].reverse()) {
    const found = readRun(project, name);
    if (found === undefined) continue;
    if (!found.ok) {
      if (wanted === undefined || wanted === name)
        passedOver(runDirectory(project, name).record, found.error);
    } else if (wanted === undefined || isCalled(found.value, wanted)) return found.value;
  }
  return undefined;
}

/** The newest receipts of a stage, newest run first: what `why` compares with. */
export function* recordsOf(project: string): Generator<FoundRun> {
  for (const name of [...listRuns(project)].reverse()) {
    const found = readRun(project, name);
    if (found?.ok) yield found.value;
  }
}

/** Of ten thousand stages: a tenth of that. */
const MOST_BYTES = 2 ** 29;

/** Undefined for a run that is still running, or was killed before its end. */
function readRun(project: string, name: string): Result<FoundRun, string> | undefined {
  const read = readSmallFile(runDirectory(project, name).record, {limit: MOST_BYTES});
  if (!read.ok) return read.error.code === 'absent' ? undefined : err(read.error.why);
  const record = parse(read.value);
  return record.ok ? ok({name, digest: digestOfBytes(read.value), record: record.value}) : record;
}

/** Formats of records. What a newer repro wrote may mean what this one would misread. */
const READABLE: ReadonlySet<unknown> = new Set([1, 2]);

function parse(bytes: Buffer): Result<RunRecord, string> {
  let record: unknown;
  try {
    record = JSON.parse(bytes.toString());
  } catch {
    return err('it is no JSON: cut off, or written by something else');
  }
  if (!isObject(record)) return err('it is no run record');
  if (!READABLE.has(record.run)) return err('it is of a format that this version of repro does not know');
  return isRecord(record) ? ok(record as unknown as RunRecord) : err('it is no whole run record');
}

/** As far as showing it goes: it is this project's own, and a publication is checked by its digests. */
function isRecord({pipeline, outcome, stages}: Readonly<Record<string, unknown>>): boolean {
  return isObject(pipeline) && typeof outcome === 'string' && Array.isArray(stages) && stages.every(isStage);
}

function isStage(stage: unknown): boolean {
  if (!isObject(stage) || typeof stage.name !== 'string') return false;
  switch (stage.state) {
    case 'cached':
    case 'executed':
      return isObject(stage.receipt) && PARTS.every((part) => isObject(at(stage.receipt, part)));
    case 'failed':
      return isObject(stage.failure);
    default:
      return stage.state === 'skipped' && isObject(stage.reason);
  }
}

const PARTS = ['document', 'outputs', 'values', 'hardware', 'execution'] as const;

function at(object: unknown, part: string): unknown {
  return isObject(object) ? object[part] : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCalled({name, digest}: FoundRun, wanted: string): boolean {
  return name === wanted || hexOf(digest).startsWith(wanted.replace(/^sha256:/, ''));
}
