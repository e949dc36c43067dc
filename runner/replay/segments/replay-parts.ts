import type {StageName} from '../../../schemas/names.ts';
import type {PlannedStage} from '../../../schemas/plan.ts';
import type {Grade, SegmentVerdict} from '../../../schemas/segments.ts';
import type {StageVerdict} from '../../../schemas/verdict.ts';
import type {ArtifactReader} from '../../compare/artifact-reader.ts';
import {Admission} from '../../run/admission.ts';
import {knownTo} from '../../run/known-to.ts';
import type {RunContext} from '../../run/run-context.ts';
import {differingOperations} from '../probe-report.ts';
import {NOT_RECORDED, type Recorded, replayStages} from '../replay-stages.ts';
import type {DrawnParts} from './draw-parts.ts';
import {type AuditedTraining, auditTraining} from './replay-training.ts';

export interface PartsContext {
  readonly grade: Grade;
  readonly reader: ArtifactReader;
  readonly onStage: (verdict: StageVerdict) => void;
  readonly onSegment: (verdict: SegmentVerdict) => void;
}

export interface ReplayedParts {
  readonly trainings: readonly AuditedTraining[];
  /** Of stages that were drawn whole. */
  readonly stages: readonly StageVerdict[];
}

/** Executes what was drawn: whole stages, probes before all else, then the segments of each training. */
export async function replayParts(
  recorded: Recorded,
  {trainings, whole}: DrawnParts,
  about: PartsContext,
  context: RunContext,
): Promise<ReplayedParts> {
  const options = {chained: false, anyClass: false, selected: whole};
  const onVerdict = (verdict: StageVerdict) => {
    if (whole.has(verdict.stage as StageName)) about.onStage(verdict);
  };
  const verdicts = whole.size === 0 ? [] : await replayStages(recorded, {...options, onVerdict}, context);
  const stages = verdicts.filter(({stage}) => whole.has(stage as StageName));
  const admission = new Admission(context.limits);
  const {grade, reader} = about;
  const shared = {
    known: knownTo(context.facts, (name) => recorded.receipts.get(name), NOT_RECORDED),
    grade,
    admission,
    reader,
    operations: await operationsOf(recorded, stages, context),
    onVerdict: about.onSegment,
  };
  return {
    trainings: await Promise.all(trainings.map((each) => auditTraining(each, shared, context))),
    stages,
  };
}

/** What the probes say that this machine computes otherwise. */
async function operationsOf(
  {plan}: Recorded,
  stages: readonly StageVerdict[],
  {store}: RunContext,
): Promise<readonly string[]> {
  const planned = new Map<string, PlannedStage>(plan.stages.map((stage) => [stage.name, stage]));
  const operations: string[] = [];
  for (const {stage: name, verdict, recorded, found} of stages) {
    const stage = planned.get(name);
    if (stage === undefined || verdict !== 'different' || recorded === null || found === null) continue;
    operations.push(...(await differingOperations(store.artifacts, stage, recorded, found)));
  }
  return [...new Set(operations)];
}
