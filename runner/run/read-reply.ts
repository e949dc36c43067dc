import {join} from 'node:path';
import {describeIngestFailure, type IngestFailure} from '../../artifacts/ingest-failure.ts';
import type {ArtifactStore} from '../../artifacts/store.ts';
import {ingestBlob, ingestTree} from '../../artifacts/trees/ingest.ts';
import type {Artifact} from '../../schemas/artifact.ts';
import type {Json} from '../../schemas/canonical-json.ts';
import type {Digest} from '../../schemas/digest.ts';
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
  const outputs = await takeOutputs(store, scratch, stage, mode);
  if (!outputs.ok) return outputs;
  const metrics = await takeFile(store, scratch, 'metrics.jsonl');
  if (!metrics.ok) return metrics;
  const trace = await takeFile(store, scratch, 'trace.jsonl');
  if (!trace.ok) return trace;
  return ok({
    outputs: outputs.value,
    values: values.value,
    effective: effective.value ?? null,
    metrics: metrics.value,
    trace: trace.value,
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
  mode: 'link' | 'copy',
): Promise<Result<Readonly<Record<string, Artifact>>, StageFailure>> {
  const outputs: Record<string, Artifact> = {};
  for (const [name, {type}] of stage.outputs) {
    const path = join(scratch, 'outputs', name);
    const taken =
      type === 'blob' ? await ingestBlob(store, path, {mode}) : await ingestTree(store, path, {mode});
    if (!taken.ok) return err(refused(name, taken.error));
    outputs[name] = taken.value;
  }
  return ok(outputs);
}

function refused(output: string, failure: IngestFailure): StageFailure {
  return {code: 'output-refused', output, why: describeIngestFailure(failure)};
}

function readValues(
  scratch: string,
  stage: PlannedStage,
): Result<Readonly<Record<string, Json>>, StageFailure> {
  if (stage.values.size === 0) return ok({});
  const read = readReplyFile(join(scratch, 'values.json'));
  if (!read.ok) return err({code: 'reply-malformed', file: 'values.json', why: read.error});
  const given = isObject(read.value) ? read.value : {};
  const values: Record<string, Json> = {};
  for (const [name, type] of stage.values) {
    const value = given[name];
    if (value === undefined) return err({code: 'value-missing', value: name});
    if (!hasType(value, type))
      return err({code: 'value-mistyped', value: name, expected: type, found: value});
    values[name] = value;
  }
  return ok(values);
}

function isObject(value: Json | undefined): value is {readonly [key: string]: Json} {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function hasType(value: Json, type: ValueType): boolean {
  return type === 'integer' ? Number.isSafeInteger(value) : typeof value === type;
}
