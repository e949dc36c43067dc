import type {StageName} from '../../schemas/names.ts';
import type {PlannedStage} from '../../schemas/plan.ts';

export interface Ordered {
  readonly stages: readonly PlannedStage[];
  /** Each from a stage through what it waits for back to itself. */
  readonly cycles: readonly (readonly PlannedStage[])[];
}

/**
 * Every stage after all it waits for, and otherwise in the order given. Without recursion: a
 * pipeline may be a chain of ten thousand.
 */
export function inOrder(stages: readonly PlannedStage[]): Ordered {
  const byName = new Map(stages.map((stage) => [stage.name, stage]));
  const state = new Map<StageName, 'open' | 'done'>();
  const ordered: PlannedStage[] = [];
  const cycles: PlannedStage[][] = [];
  for (const first of stages) {
    if (state.has(first.name)) continue;
    const path: Step[] = [begin(first, state)];
    for (let step = path.at(-1); step; step = path.at(-1)) {
      const dependency = byName.get(step.stage.dependsOn[step.next++] ?? NOTHING);
      if (step.next > step.stage.dependsOn.length) {
        state.set(step.stage.name, 'done');
        ordered.push(step.stage);
        path.pop();
      } else if (dependency && state.get(dependency.name) === 'open') {
        cycles.push(cycleFrom(path, dependency));
      } else if (dependency && !state.has(dependency.name)) {
        path.push(begin(dependency, state));
      }
    }
  }
  return {stages: ordered, cycles};
}

interface Step {
  readonly stage: PlannedStage;
  next: number;
}

const NOTHING = '' as StageName;

function begin(stage: PlannedStage, state: Map<StageName, 'open' | 'done'>): Step {
  state.set(stage.name, 'open');
  return {stage, next: 0};
}

function cycleFrom(path: readonly Step[], start: PlannedStage): PlannedStage[] {
  const stages = path.map(({stage}) => stage);
  return stages.slice(stages.indexOf(start));
}
