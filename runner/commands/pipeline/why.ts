import {ExitCode} from '../../../schemas/exit-code.ts';
import type {StageForecast} from '../../../schemas/forecast.ts';
import type {Receipt} from '../../../schemas/receipt.ts';
import {receiptOfStage} from '../../../schemas/run-record.ts';
import {compareDocuments} from '../../identity/compare-documents.ts';
import {forecast} from '../../opening/pipeline/forecast.ts';
import {openPipeline, readFacts} from '../../opening/pipeline/open-pipeline.ts';
import type {PipelineOptions} from '../../opening/pipeline/pipeline-options.ts';
import {storeContext} from '../../opening/stores/store-context.ts';
import {refuse, refuseUnknownStage} from '../../opening/world/refuse.ts';
import type {World} from '../../opening/world/world.ts';
import {chooseStyle} from '../../report/style.ts';
import {whyText} from '../../report/why-text.ts';
import {recordsOf} from '../../run/find-run.ts';
import {allOf} from '../../run/select-stages.ts';
import {openStores} from '../../stores/open-stores.ts';

/** `repro why STAGE`: the fields of its key that differ from what they were when it last ran. */
export async function why(
  options: PipelineOptions & {readonly stage: string},
  world: World,
): Promise<ExitCode> {
  const opened = openPipeline(options, world);
  if (!opened.ok) return refuse(opened.error, world, false);
  const {plan, directories} = opened.value;
  const stage = plan.stages.find(({name}) => name === options.stage);
  if (stage === undefined) return refuseUnknownStage(options.stage, plan, world);
  const facts = await readFacts(opened.value, allOf(plan), world);
  if (!facts.ok) return refuse(facts.error, world, false);

  const store = await openStores(opened.value.stores, storeContext(world, facts.value));
  try {
    const expected = (await forecast(plan, facts.value, store)).get(stage.name);
    if (expected === undefined) throw new Error(`no forecast for ${stage.name}`);
    const last = lastReceipt(directories.project, stage.name);
    const differences = last === undefined ? [] : differencesFrom(last, expected);
    const style = chooseStyle(world.variables, world.out.isTerminal);
    world.out.write(
      whyText({stage: stage.name, expected, ranBefore: last !== undefined, differences}, style),
    );
    return ExitCode.ok;
  } finally {
    await store.close();
  }
}

function lastReceipt(project: string, stage: string): Receipt | undefined {
  for (const {record} of recordsOf(project)) {
    const found = receiptOfStage(record, stage);
    if (found !== undefined) return found;
  }
  return undefined;
}

function differencesFrom(last: Receipt, expected: StageForecast) {
  return expected.will === 'wait' ? [] : compareDocuments(last.document, expected.document);
}
