import {ExitCode} from '../../schemas/exit-code.ts';
import type {StageForecast} from '../../schemas/forecast.ts';
import type {StageName} from '../../schemas/names.ts';
import type {Plan} from '../../schemas/plan.ts';
import {isGuestPlace} from '../guest/guest-place.ts';
import {planJson, planText} from '../report/plan-text.ts';
import {chooseStyle} from '../report/style.ts';
import {readTimings} from '../run/run-directory.ts';
import {openStores} from '../stores/open-stores.ts';
import {forecast} from './forecast.ts';
import {memoryWarning} from './memory-warning.ts';
import {type OpenPipeline, openPipeline, readFacts} from './open-pipeline.ts';
import type {PipelineOptions} from './pipeline-options.ts';
import {refuse, warn} from './refuse.ts';
import {storeContext} from './store-context.ts';
import type {World} from './world.ts';

/** `repro plan`: every stage with what a run would do, and the exact command. Runs nothing. */
export async function plan(
  options: PipelineOptions & {readonly json: boolean},
  world: World,
): Promise<ExitCode> {
  if (isGuestPlace(options.file)) return planGuest(options, world);
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
async function planGuest(
  options: PipelineOptions & {readonly json: boolean},
  world: World,
): Promise<ExitCode> {
  const {layDownGuest} = await import('./open-guest.ts');
  const guest = await layDownGuest(options, world);
  if (!guest.ok) return refuse([guest.error], world, options.json);
  return plan(guest.value.opened.options, guest.value.opened.world);
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

export function allOf(plan: Plan): ReadonlySet<StageName> {
  return new Set(plan.stages.map(({name}) => name));
}
