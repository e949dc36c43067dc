import type {OpenStore} from '../../../artifacts/disk/local-store.ts';
import type {Diagnostic} from '../../../schemas/diagnostic.ts';
import {type Digest, shortDigest} from '../../../schemas/digest.ts';
import type {StageName} from '../../../schemas/names.ts';
import type {Plan} from '../../../schemas/plan.ts';
import type {Receipt} from '../../../schemas/receipt.ts';
import {err, ok, type Result} from '../../../schemas/result.ts';
import {type RunRecord2, receiptsIn} from '../../../schemas/run-record.ts';
import type {GatheredFacts} from '../../run/gather-facts.ts';
import {allOf} from '../../run/select-stages.ts';
import {type OpenPipeline, readFacts} from '../pipeline/open-pipeline.ts';
import type {World} from '../world/world.ts';
import {type BroughtRun, bringRecorded, type RecordedOptions} from './bring-recorded.ts';

/** A recorded run that can be executed again, from its own code. It holds a store until it is disposed of. */
export interface RecordedRun extends AsyncDisposable {
  readonly digest: Digest;
  readonly label: string;
  readonly record: RunRecord2;
  readonly receipts: ReadonlyMap<StageName, Receipt>;
  /** Its pipeline, planned again, as far as it was run. */
  readonly opened: OpenPipeline;
  readonly plan: Plan;
  /** What decides its keys here. */
  readonly facts: GatheredFacts;
  readonly store: OpenStore;
  readonly options: RecordedOptions;
  /** In which the stages are the recorded ones. */
  readonly world: World;
}

/** It could not be had; or it is here, and this machine lacks what its keys depend on. */
export interface NotOpened {
  readonly lacks: 'run' | 'facts';
  readonly diagnostics: readonly Diagnostic[];
}

/** The one way to a recorded run: one's own by name or digest (the newest by default), or somebody's by its address. */
export async function openRecordedRun(
  run: string | undefined,
  options: RecordedOptions,
  world: World,
): Promise<Result<RecordedRun, NotOpened>> {
  const brought = await bringRecorded(run, options, world);
  if (!brought.ok) return err({lacks: 'run', diagnostics: brought.error});
  const {digest, record, store, world: recorded} = brought.value;
  const opened = recordedPart(brought.value);
  const facts = await readOrClose(opened, brought.value);
  if (!facts.ok) return err({lacks: 'facts', diagnostics: facts.error});
  return ok({
    digest,
    label: labelOf(run, brought.value),
    record,
    receipts: receiptsIn(record),
    opened,
    plan: opened.plan,
    facts: facts.value,
    store,
    options,
    world: recorded,
    [Symbol.asyncDispose]: () => store.close(),
  });
}

async function readOrClose(opened: OpenPipeline, {store, world}: BroughtRun) {
  let facts: Awaited<ReturnType<typeof readFacts>> | undefined;
  try {
    facts = await readFacts(opened, allOf(opened.plan), world);
    return facts;
  } finally {
    if (facts?.ok !== true) await store.close();
  }
}

function labelOf(run: string | undefined, {record: {pipeline}, digest}: BroughtRun): string {
  const named = run === undefined ? 'run' : `run ${run}`;
  return `${pipeline.name} · ${pipeline.profile} · ${named} (${shortDigest(digest)})`;
}

/**
 * What `--until` or `--only` left out is no part of the run: nobody asks whether it comes out the same, nor for the
 * files and environments that only it needs.
 */
function recordedPart({pipeline, record}: BroughtRun): OpenPipeline {
  const {plan} = pipeline;
  const recorded = new Set<string>(record.stages.map(({name}) => name));
  const part = plan.stages.filter(({name}) => recorded.has(name));
  if (part.length === plan.stages.length) return pipeline;
  const stages = part.map((stage) => ({
    ...stage,
    dependsOn: stage.dependsOn.filter((needed) => recorded.has(needed)),
  }));
  return {...pipeline, plan: {...plan, stages}};
}
