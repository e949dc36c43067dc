import {StoreError} from '../../../artifacts/store-error.ts';
import type {Artifact} from '../../../schemas/artifact.ts';
import type {Comparison} from '../../../schemas/comparison.ts';
import type {Digest} from '../../../schemas/digest.ts';
import {type Receipt, traceOf} from '../../../schemas/receipt.ts';
import type {MetricDifference, ResultDifferences} from '../../../schemas/run-comparison.ts';
import type {TraceDivergence} from '../../../schemas/trace.ts';
import {compareDocuments} from '../../identity/compare-documents.ts';
import type {ArtifactReader} from '../artifact-reader.ts';
import {ByteFile} from '../byte-file.ts';
import {compareFiles, pathsOf} from '../compare-files.ts';
import {compareTraces} from '../trace/compare-traces.ts';
import {compareTrees} from '../trees/compare-trees.ts';
import {compareMetrics} from './compare-metrics.ts';

/** Outputs, values and numbers over steps, bit for bit. `looking`: also what of an output differs. */
export async function compareResults(
  a: Receipt,
  b: Receipt,
  reader: ArtifactReader,
  looking: boolean,
): Promise<ResultDifferences> {
  const outputs = [];
  for (const name of differingOutputs(a, b)) {
    const [x, y] = [a.outputs[name], b.outputs[name]];
    const isBoth = looking && x !== undefined && y !== undefined;
    outputs.push(isBoth ? {name, comparison: await compareArtifacts(name, x, y, reader)} : {name});
  }
  return {
    outputs,
    values: compareDocuments(a.values, b.values),
    metrics: await metricsOf(a.execution.metrics, b.execution.metrics, reader),
  };
}

/** Without reading anything: whether the two have the same bits. */
export function hasSameResults(a: Receipt, b: Receipt): boolean {
  return (
    differingOutputs(a, b).length === 0 &&
    compareDocuments(a.values, b.values).length === 0 &&
    a.execution.metrics === b.execution.metrics &&
    // A state that went wrong and left no mark on the outputs is a difference all the same.
    (traceOf(a) === traceOf(b) || traceOf(a) === null || traceOf(b) === null)
  );
}

function differingOutputs(a: Receipt, b: Receipt): readonly string[] {
  const names = [...new Set([...Object.keys(a.outputs), ...Object.keys(b.outputs)])].sort();
  return names.filter((name) => a.outputs[name]?.digest !== b.outputs[name]?.digest);
}

export async function compareArtifacts(
  name: string,
  a: Artifact,
  b: Artifact,
  reader: ArtifactReader,
): Promise<Comparison> {
  if (a.digest === b.digest) return {kind: 'same'};
  if (a.type !== b.type) return {kind: 'unread', why: 'one is a file, the other a folder'};
  if (a.type === 'blob') return compareFiles(reader.file(name, a.digest), reader.file(name, b.digest));
  try {
    return await compareTrees(await reader.tree(a.digest), await reader.tree(b.digest));
  } catch (error) {
    if (error instanceof StoreError && error.code === 'missing') return {kind: 'unread', why: error.message};
    throw error;
  }
}

async function metricsOf(
  a: Digest | null,
  b: Digest | null,
  reader: ArtifactReader,
): Promise<MetricDifference | undefined> {
  if (a === b) return undefined;
  const unread: MetricDifference = {step: undefined, metrics: []};
  if (a === null || b === null) return unread;
  const found = await pathsOf(reader.file('metrics.jsonl', a), reader.file('metrics.jsonl', b));
  if ('why' in found) return unread;
  using fileA = new ByteFile(found.paths[0]);
  using fileB = new ByteFile(found.paths[1]);
  return compareMetrics(fileA, fileB);
}

/** Undefined where one of them has no trace, or it is the same. */
export async function divergenceOf(
  a: Receipt,
  b: Receipt,
  reader: ArtifactReader,
): Promise<TraceDivergence | undefined> {
  const [x, y] = [traceOf(a), traceOf(b)];
  if (x === null || y === null || x === y) return undefined;
  const sameStart = isSameStart(a, b);
  const knowledge = sameStart === undefined ? {} : {sameStart};
  return compareTraces(reader.file('trace.jsonl', x), reader.file('trace.jsonl', y), knowledge);
}

/** From the same model, by the same code: then so are the parameters before the first step. */
function isSameStart({document: a}: Receipt, {document: b}: Receipt): boolean | undefined {
  const deciding = ({inputs, code, sdk, params, seed}: Receipt['document']) => ({
    inputs,
    code,
    sdk,
    params,
    seed,
  });
  const differing = compareDocuments(deciding(a), deciding(b)).map(({path}) => path);
  if (differing.length === 0) return true;
  return differing.every((path) => path === 'inputs.model') ? false : undefined;
}
