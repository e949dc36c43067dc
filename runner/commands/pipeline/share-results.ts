import type {TierReport} from '../../../artifacts/tiered/open-tiered.ts';
import type {Digest} from '../../../schemas/digest.ts';
import type {RunContext} from '../../run/run-context.ts';
import type {RunResult} from '../../run/run-plan.ts';
import {resultsOf} from '../../run/settle-stage.ts';
import {receiptsOfOutcomes} from '../../run/stage-outcome.ts';
import type {StoreChoice} from '../../stores/choose-stores.ts';
import type {Stores} from '../../stores/open-stores.ts';

export interface Shared {
  /** Somebody's result of the same key and hardware class, in the shared store, has other bits. */
  readonly differs: boolean;
  readonly failed: boolean;
}

/** Waits until the shared store has this run's results, and tells what became of them. */
export async function shareResults(
  stores: Stores,
  {remote}: StoreChoice,
  result: RunResult,
  {emit}: Pick<RunContext, 'emit'>,
): Promise<Shared> {
  if (stores.finishUploads === undefined || remote === undefined) return {differs: false, failed: false};
  const report = await stores.finishUploads();
  const stageOf = stagesByKey(result);
  for (const {stored, offered, differing} of report.findings) {
    const stage = stageOf(offered.key);
    emit({
      event: 'nondeterminism',
      stage,
      key: offered.key,
      differing,
      recorded: resultsOf(stored),
      found: resultsOf(offered),
    });
  }
  if (isWorthTelling(report)) {
    const failed = report.failed.map(({key, why}) => ({stage: stageOf(key), why}));
    const {uploaded, present, bytes} = report;
    emit({event: 'results-shared', store: remote.url, uploaded, present, bytes, failed});
  }
  return {differs: report.findings.length > 0, failed: report.failed.length > 0};
}

function isWorthTelling({uploaded, present, failed}: TierReport): boolean {
  return uploaded + present + failed.length > 0;
}

function stagesByKey({outcomes}: RunResult): (key: Digest) => string {
  const names = new Map<Digest, string>();
  for (const [name, {key}] of receiptsOfOutcomes(outcomes)) names.set(key, name);
  return (key) => names.get(key) ?? key;
}
