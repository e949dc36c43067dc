import type {StageName} from '../../../schemas/names.ts';
import type {PlannedStage} from '../../../schemas/plan.ts';
import type {Draw, NotLookedAt, Segment} from '../../../schemas/segments.ts';
import type {Recorded} from '../replay-stages.ts';
import {isProbe} from '../stage-roles.ts';
import {DRAW_METHOD, type DrawKey, drawnCount, drawnStages, ranked} from './draw.ts';
import {type Training, trainingOf} from './training.ts';

export interface DrawRequest extends DrawKey {
  readonly seedFrom: Draw['seedFrom'];
  readonly budgetPercent: number;
}

export interface TrainingDrawn {
  readonly training: Training;
  /** In the order of their steps; may be none. */
  readonly drawn: readonly Segment[];
}

export interface DrawnParts {
  readonly draw: Draw;
  readonly trainings: readonly TrainingDrawn[];
  /** Executed whole: those drawn, and probes, which take seconds and are never left out. */
  readonly whole: ReadonlySet<StageName>;
  readonly notLookedAt: readonly NotLookedAt[];
}

/** What of a recorded run a budget looks at: k of the N segments of all trainings, and whole stages of the rest. */
export function drawParts({plan, receipts}: Recorded, request: DrawRequest): DrawnParts {
  const {budgetPercent, publication, seed, seedFrom} = request;
  const {trainings, probes, others, hopeless} = sorted({plan, receipts});
  const segments = trainings.flatMap((training) => training.segments);
  const ranks = ranked(request, segments);
  const count = segments.length === 0 ? 0 : drawnCount(budgetPercent, segments.length);
  const secondsOf = (stage: string) => receipts.get(stage as StageName)?.execution.seconds ?? 0;
  const order = ranked(
    request,
    others.map(({name}) => ({stage: name, index: null})),
  );
  const stages = drawnStages(order, secondsOf, budgetPercent);
  const lucky = new Set(ranks.slice(0, count).map(({stage, index}) => `${index} ${stage}`));
  const drawn = trainings.map((training) => ({
    training,
    drawn: training.segments.filter(({stage, index}) => lucky.has(`${index} ${stage}`)),
  }));
  const whole = new Set([...probes.map(({name}) => name), ...stages.map(({stage}) => stage as StageName)]);
  const left = others.filter(({name}) => !whole.has(name));
  return {
    draw: {
      method: DRAW_METHOD,
      publication,
      seed,
      seedFrom,
      budgetPercent,
      ranks,
      drawn: count,
      stages,
    },
    trainings: drawn,
    whole,
    notLookedAt: [...drawn.flatMap(notOfTraining), ...left.map(notDrawn), ...hopeless],
  };
}

interface Sorted {
  readonly trainings: readonly Training[];
  readonly probes: readonly PlannedStage[];
  readonly others: readonly PlannedStage[];
  readonly hopeless: readonly NotLookedAt[];
}

function sorted({plan, receipts}: Recorded): Sorted {
  const trainings: Training[] = [];
  const [probes, others]: [PlannedStage[], PlannedStage[]] = [[], []];
  const hopeless: NotLookedAt[] = [];
  for (const stage of plan.stages) {
    const recorded = receipts.get(stage.name);
    const training = recorded === undefined ? undefined : trainingOf(stage, recorded);
    if (recorded === undefined) hopeless.push(not(stage.name, 'the stage', 'the record has no result of it'));
    else if (stage.determinism === 'none')
      hopeless.push(not(stage.name, 'the stage', 'it says of itself that it is not the same each time'));
    else if (training !== undefined) trainings.push(training);
    else (isProbe(stage) ? probes : others).push(stage);
  }
  return {trainings, probes, others, hopeless};
}

function notDrawn({name}: PlannedStage): NotLookedAt {
  return not(name, 'the stage', 'not drawn, or longer than what the budget left');
}

/** What a training gives beside its trace, states, metrics and model, no segment can give. */
function notOfTraining({training: {stage, segments}, drawn}: TrainingDrawn): readonly NotLookedAt[] {
  const left = segments.length - drawn.length;
  const rest = [
    ...[...stage.outputs]
      .filter(([name, {kind}]) => kind !== 'model' && name !== 'boundaries')
      .map(([name]) => `outputs.${name}`),
    ...[...stage.values.keys()].map((name) => `values.${name}`),
  ];
  return [
    ...(left === 0 ? [] : [not(stage.name, `${left} of ${segments.length} segments`, 'not drawn')]),
    ...(rest.length === 0
      ? []
      : [not(stage.name, rest.join(', '), 'no segment gives them: repro replay does the stage again whole')]),
  ];
}

function not(stage: string, what: string, why: string): NotLookedAt {
  return {stage, what, why};
}
