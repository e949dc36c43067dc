import type {ArtifactStore} from '../../artifacts/store.ts';
import type {StageResultDigests} from '../../schemas/verdict.ts';

/** A report is a few kilobytes; whatever is larger is none. */
const MOST_BYTES = 4 * 2 ** 20;

/** The operations that two reports of the stage kind `probe` do not agree on, by name. */
export async function differingOperations(
  store: ArtifactStore,
  recorded: StageResultDigests,
  found: StageResultDigests,
): Promise<readonly string[]> {
  const [before, after] = [await operationsOf(store, recorded), await operationsOf(store, found)];
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((name) => before.get(name) !== after.get(name))
    .sort();
}

async function operationsOf(
  store: ArtifactStore,
  {outputs}: StageResultDigests,
): Promise<ReadonlyMap<string, unknown>> {
  const {report} = outputs;
  if (report === undefined) return new Map();
  try {
    const text = Buffer.from(await store.read(report.digest, MOST_BYTES)).toString('utf8');
    const {operations} = JSON.parse(text) as {operations?: object};
    return new Map(Object.entries(operations ?? {}));
  } catch {
    return new Map(); // Not the report of a probe that we know: that its bytes differ is said all the same.
  }
}
