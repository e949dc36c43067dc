import type {OpenStore} from '../../../artifacts/disk/local-store.ts';
import {missingOf} from '../../../artifacts/trees/missing-of.ts';
import type {StageForecast} from '../../../schemas/forecast.ts';
import type {StageName} from '../../../schemas/names.ts';
import type {Plan, PlannedStage} from '../../../schemas/plan.ts';
import type {Receipt} from '../../../schemas/receipt.ts';
import {chooseReceipt} from '../../identity/choose-receipt.ts';
import {type Identified, identify} from '../../identity/key-document.ts';
import type {GatheredFacts} from '../../run/gather-facts.ts';

/** The same keys and the same choice as a run makes, with nothing executed. */
export async function forecast(
  plan: Plan,
  facts: GatheredFacts,
  store: OpenStore,
): Promise<ReadonlyMap<StageName, StageForecast>> {
  const forecasts = new Map<StageName, StageForecast>();
  const receiptOf = (name: StageName): Receipt => {
    const known = forecasts.get(name);
    if (known?.will !== 'reuse') throw new Error(`${name} has no receipt yet`);
    return known.receipt;
  };
  for (const stage of plan.stages) {
    const on = stage.dependsOn.filter((name) => forecasts.get(name)?.will !== 'reuse');
    if (on.length > 0) {
      forecasts.set(stage.name, {will: 'wait', on});
      continue;
    }
    const identified = identify(stage, {...facts, receipt: receiptOf});
    forecasts.set(stage.name, await lookUp(stage, identified, facts, store));
  }
  return forecasts;
}

async function lookUp(
  stage: PlannedStage,
  identified: Identified,
  facts: GatheredFacts,
  store: OpenStore,
): Promise<StageForecast> {
  if (stage.reuse === 'none') return {will: 'run', ...identified, why: 'never-reused'};
  const {receipts} = await store.receipts.lookup(identified.key);
  const receipt = chooseReceipt(receipts, stage.reuse, facts.hardware(stage.resources));
  if (receipt === undefined) {
    return {
      will: 'run',
      ...identified,
      why: receipts.length > 0 ? 'never-ran-on-this-hardware' : 'never-ran',
    };
  }
  const gone = await missingOf(store.artifacts, Object.values(receipt.outputs));
  return gone.size > 0
    ? {will: 'run', ...identified, why: 'bytes-are-gone'}
    : {will: 'reuse', ...identified, receipt};
}
