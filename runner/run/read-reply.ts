import {join} from 'node:path';
import {namesIn} from '../../artifacts/files/folder-names.ts';
import {describeIngestFailure, type IngestFailure} from '../../artifacts/ingest-failure.ts';
import type {ArtifactStore} from '../../artifacts/store.ts';
import {ingestBlob, ingestTree} from '../../artifacts/trees/ingest.ts';
import type {EmptyFolders} from '../../artifacts/trees/walk.ts';
import type {Artifact} from '../../schemas/artifact.ts';
import {byCodeUnit, type Json} from '../../schemas/canonical-json.ts';
import type {Digest} from '../../schemas/digest.ts';
import type {LeftOut} from '../../schemas/event.ts';
import type {StageFailure} from '../../schemas/failure.ts';
import type {PlannedStage, ValueType} from '../../schemas/plan.ts';
import {err, ok, type Result} from '../../schemas/result.ts';
import {readReplyFile} from './reply-file.ts';

export interface Reply {
  readonly outputs: Readonly<Record<string, Artifact>>;
  readonly values: Readonly<Record<string, Json>>;
  readonly effective: Json;
  readonly metrics: Digest | null;
  readonly trace: Digest | null;
  /** What it wrote and nothing keeps. */
  readonly leftOut: readonly LeftOut[];
}

/**
 * Takes what a finished stage gave: its declared outputs, as regular files and directories, its values, of the
 * declared types, and its metrics. Anything missing or of another kind is a failure that names it.
 */
export async function readReply(
  store: ArtifactStore,
  scratch: string,
  stage: PlannedStage,
  mode: 'link' | 'copy',
): Promise<Result<Reply, StageFailure>> {
  const values = readValues(scratch, stage);
  if (!values.ok) return values;
  const effective = readReplyFile(join(scratch, 'effective.json'));
  if (!effective.ok) return err({code: 'reply-malformed', file: 'effective.json', why: effective.error});
  const leftOut = [...undeclaredOutputs(scratch, stage), ...values.value.leftOut];
  const outputs = await takeOutputs(store, scratch, stage, {mode, leftOut});
  if (!outputs.ok) return outputs;
  const metrics = await takeFile(store, scratch, 'metrics.jsonl');
  if (!metrics.ok) return metrics;
  const trace = await takeFile(store, scratch, 'trace.jsonl');
  if (!trace.ok) return trace;
  return ok({
    outputs: outputs.value,
    values: values.value.values,
    effective: effective.value ?? null,
    metrics: metrics.value,
    trace: trace.value,
    leftOut,
  });
}

/** Null when the stage wrote none. */
async function takeFile(
  store: ArtifactStore,
  scratch: string,
  name: string,
): Promise<Result<Digest | null, StageFailure>> {
  const taken = await ingestBlob(store, join(scratch, name), {mode: 'copy'});
  if (taken.ok) return ok(taken.value.digest);
  return taken.error.code === 'absent' ? ok(null) : err(refused(name, taken.error));
}

async function takeOutputs(
  store: ArtifactStore,
  scratch: string,
  stage: PlannedStage,
  {mode, leftOut}: {readonly mode: 'link' | 'copy'; readonly leftOut: LeftOut[]},
): Promise<Result<Readonly<Record<string, Artifact>>, StageFailure>> {
  const outputs: Record<string, Artifact> = {};
  for (const [name, {type}] of stage.outputs) {
    const path = join(scratch, 'outputs', name);
    const onEmpty = ({count, first = ''}: EmptyFolders) =>
      leftOut.push({what: 'empty-folders', output: name, count, first});
    const taken =
      type === 'blob'
        ? await ingestBlob(store, path, {mode})
        : await ingestTree(store, path, {mode, onEmpty});
    if (!taken.ok) return err(refused(name, taken.error));
    outputs[name] = taken.value;
  }
  return ok(outputs);
}

function refused(output: string, failure: IngestFailure): StageFailure {
  return {code: 'output-refused', output, why: describeIngestFailure(failure)};
}

/** What nobody can name as an input: a slip in the contract or in the program, and lost either way. */
function undeclaredOutputs(scratch: string, stage: PlannedStage): readonly LeftOut[] {
  const declared = new Set<string>(stage.outputs.keys());
  return leftOutOf('undeclared-outputs', namesIn(join(scratch, 'outputs'), 'unreadable'), declared);
}

function leftOutOf(
  what: LeftOut['what'],
  names: readonly string[],
  declared: ReadonlySet<string>,
): readonly LeftOut[] {
  const others = names.filter((name) => !declared.has(name)).sort(byCodeUnit);
  const [first] = others;
  return first === undefined ? [] : [{what, output: null, count: others.length, first}];
}

function readValues(scratch: string, stage: PlannedStage): Result<GivenValues, StageFailure> {
  // Without declared values what is there is no reply, and may be anything.
  if (stage.values.size === 0) return ok({values: {}, leftOut: []});
  const read = readReplyFile(join(scratch, 'values.json'));
  if (!read.ok) return err({code: 'reply-malformed', file: 'values.json', why: read.error});
  if (read.value !== undefined && !isObject(read.value))
    return err({code: 'reply-malformed', file: 'values.json', why: 'it is no object of names and values'});
  const given = read.value ?? {};
  const values: Record<string, Json> = {};
  for (const [name, type] of stage.values) {
    const value = Object.hasOwn(given, name) ? given[name] : undefined;
    if (value === undefined) return err({code: 'value-missing', value: name});
    if (Object.is(value, -0))
      return err({
        code: 'reply-malformed',
        file: 'values.json',
        why: `\`${name}\` is -0, which can’t be recorded as such: write 0`,
      });
    if (!hasType(value, type))
      return err({code: 'value-mistyped', value: name, expected: type, found: value});
    values[name] = value;
  }
  const leftOut = leftOutOf('undeclared-values', Object.keys(given), new Set<string>(stage.values.keys()));
  return ok({values, leftOut});
}

interface GivenValues {
  readonly values: Readonly<Record<string, Json>>;
  readonly leftOut: readonly LeftOut[];
}

function isObject(value: Json | undefined): value is {readonly [key: string]: Json} {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function hasType(value: Json, type: ValueType): boolean {
  return type === 'integer' ? Number.isSafeInteger(value) : typeof value === type;
}
