import type {Diagnostic} from '../../../schemas/diagnostic.ts';
import type {Plan} from '../../../schemas/plan.ts';
import {err, ok, type Result} from '../../../schemas/result.ts';
import type {RunRecord2} from '../../../schemas/run-record.ts';
import type {GatheredFacts} from '../../run/gather-facts.ts';
import {allOf} from '../../run/select-stages.ts';
import {type OpenPipeline, openPipeline, readFacts} from '../pipeline/open-pipeline.ts';
import type {RecordedProject} from './find-recorded.ts';

/** A recorded run's pipeline, planned again, as far as it was run; and what decides its keys here. */
interface OpenRecorded {
  readonly opened: OpenPipeline;
  readonly facts: GatheredFacts;
}

export async function openRecorded({
  options,
  world,
  record,
}: RecordedProject): Promise<Result<OpenRecorded, readonly Diagnostic[]>> {
  const whole = openPipeline(options, world);
  if (!whole.ok) return whole;
  const opened = {...whole.value, plan: recordedPart(whole.value.plan, record)};
  const facts = await readFacts(opened, allOf(opened.plan), world);
  return facts.ok ? ok({opened, facts: facts.value}) : err(facts.error);
}

/**
 * What `--until` or `--only` left out is no part of the run: nobody asks whether it comes out the same, nor for the
 * files and environments that only it needs.
 */
function recordedPart(plan: Plan, {stages}: Pick<RunRecord2, 'stages'>): Plan {
  const recorded = new Set<string>(stages.map(({name}) => name));
  const part = plan.stages.filter(({name}) => recorded.has(name));
  if (part.length === plan.stages.length) return plan;
  return {
    ...plan,
    stages: part.map((stage) => ({
      ...stage,
      dependsOn: stage.dependsOn.filter((needed) => recorded.has(needed)),
    })),
  };
}
