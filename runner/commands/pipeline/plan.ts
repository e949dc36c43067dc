import {ExitCode} from '../../../schemas/exit-code.ts';
import type {StageForecast} from '../../../schemas/forecast.ts';
import type {StageName} from '../../../schemas/names.ts';
import {forecast} from '../../opening/pipeline/forecast.ts';
import {memoryWarning} from '../../opening/pipeline/memory-warning.ts';
import {type OpenPipeline, openPipeline, readFacts} from '../../opening/pipeline/open-pipeline.ts';
import type {PipelineOptions} from '../../opening/pipeline/pipeline-options.ts';
import {storeContext} from '../../opening/stores/store-context.ts';
import {refuse, warn} from '../../opening/world/refuse.ts';
import type {World} from '../../opening/world/world.ts';
import {planJson, planText} from '../../report/plan-text.ts';
import {chooseStyle} from '../../report/style.ts';
import {readTimings} from '../../run/run-directory.ts';
import {allOf} from '../../run/select-stages.ts';
import {openStores} from '../../stores/open-stores.ts';
import {isProjectAddress} from '../../stranger/project-address.ts';

/** `repro plan`: every stage with what a run would do, and the exact command. Runs nothing. */
export async function plan(
  options: PipelineOptions & {readonly json: boolean},
  world: World,
): Promise<ExitCode> {
  if (isProjectAddress(options.file)) return planStranger(options, world);
  const opened = openPipeline(options, world);
  if (!opened.ok) return refuse(opened.error, world, options.json);
  const forecasts = await forecastIfPossible(opened.value, world);
  const {plan: planned, warnings, directories} = opened.value;
  if (options.json) {
    world.out.write(`${JSON.stringify(planJson(planned, forecasts), null, 2)}\n`);
    return ExitCode.ok;
  }
  warn(warnings, world);
  const memory = memoryWarning(planned);
  if (memory !== undefined) warn([{severity: 'warning', code: 'memory-watched', message: memory}], world);
  const style = chooseStyle(world.variables, world.out.isTerminal);
  world.out.write(planText(planned, forecasts, {style, timings: readTimings(directories.project)}));
  return ExitCode.ok;
}

/** Reading what a stranger's pipeline would do is safe, and needs no trust. */
async function planStranger(
  options: PipelineOptions & {readonly json: boolean},
  world: World,
): Promise<ExitCode> {
  const {layDownStranger} = await import('../../opening/stranger/open-stranger.ts');
  const laid = await layDownStranger(options, world);
  if (!laid.ok) return refuse(laid.error, world, options.json);
  return plan({...options, ...laid.value.options}, laid.value.world);
}

/** A plan may be read where it can't run: its sources absent or unpinned, no Python. Then nothing is foretold. */
async function forecastIfPossible(
  opened: OpenPipeline,
  world: World,
): Promise<ReadonlyMap<StageName, StageForecast>> {
  const facts = await readFacts(opened, allOf(opened.plan), world);
  if (!facts.ok) return new Map();
  const store = await openStores(opened.stores, storeContext(world, facts.value));
  try {
    return await forecast(opened.plan, facts.value, store);
  } finally {
    await store.close();
  }
}
