import type {ArtifactStore} from '../../artifacts/store.ts';
import type {PlannedStage} from '../../schemas/plan.ts';
import type {StageResultDigests} from '../../schemas/verdict.ts';
import {probeReportOf} from './stage-roles.ts';

/** A report is a few kilobytes; whatever is larger is none. */
const MOST_BYTES = 4 * 2 ** 20;

/** The operations that two executions of a probe do not agree on, by name; none of a stage that is no probe. */
export async function differingOperations(
  store: ArtifactStore,
  stage: Pick<PlannedStage, 'outputs'>,
  recorded: StageResultDigests,
  found: StageResultDigests,
): Promise<readonly string[]> {
  const name = probeReportOf(stage);
  if (name === undefined) return [];
  const before = await operationsOf(store, recorded.outputs[name]);
  const after = await operationsOf(store, found.outputs[name]);
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((name) => before.get(name) !== after.get(name))
    .sort();
}

async function operationsOf(
  store: ArtifactStore,
  report: StageResultDigests['outputs'][string] | undefined,
): Promise<ReadonlyMap<string, unknown>> {
  if (report === undefined) return new Map();
  try {
    const text = Buffer.from(await store.read(report.digest, MOST_BYTES)).toString('utf8');
    const {operations} = JSON.parse(text) as {operations?: object};
    return new Map(Object.entries(operations ?? {}));
  } catch {
    return new Map(); // Not the report of a probe that we know: that its bytes differ is said all the same.
  }
}
