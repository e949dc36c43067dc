import type {ArtifactStore} from '../../../artifacts/store.ts';
import type {TreeEntry} from '../../../schemas/artifact.ts';
import {canonicalJson, type Json} from '../../../schemas/canonical-json.ts';
import type {SegmentFinding} from '../../../schemas/segments.ts';
import {type StateDocument, statePath} from '../../compare/trace/state-document.ts';
import {readState} from './published-states.ts';

/** Files of a boundaries tree by their path. */
export type StateFiles = ReadonlyMap<string, TreeEntry>;

/** The state after a step, as it was published and as it was arrived at: one file, or which tensors and facts differ. */
export async function compareStates(
  step: number,
  [recorded, found]: readonly [StateFiles, StateFiles],
  store: ArtifactStore,
): Promise<SegmentFinding> {
  const path = statePath(step);
  if (!found.has(path)) return reply(`it gave no state after step ${step}`);
  if (recorded.get(path)?.digest === found.get(path)?.digest) return {verdict: 'exact'};
  const [before, after] = [await readState(step, recorded, store), await readState(step, found, store)];
  if (!after.ok) return reply(`the state that it gave after step ${step} ${after.error}`);
  const differing = before.ok
    ? differingNames(before.value, after.value)
    : [`the recorded one ${before.error}`];
  return {verdict: 'different', difference: {in: 'state', step, differing}};
}

/** Tensors as `parameters/lm_head.weight`, the rest as `facts.schedule`. */
function differingNames(before: StateDocument, after: StateDocument): readonly string[] {
  const flat = ({tensors, facts, chain}: StateDocument): Readonly<Record<string, Json>> => ({
    ...tensors,
    ...Object.fromEntries(Object.entries(facts).map(([name, value]) => [`facts.${name}`, value])),
    chain,
  });
  const [a, b] = [flat(before), flat(after)];
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
  const differing = names.filter((name) => canonicalJson(a[name] ?? null) !== canonicalJson(b[name] ?? null));
  return differing.length > 0 ? differing : ['its spelling'];
}

function reply(why: string): SegmentFinding {
  return {verdict: 'different', difference: {in: 'reply', why}};
}
