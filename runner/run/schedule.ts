import type {StageName} from '../../schemas/names.ts';
import type {PlannedStage} from '../../schemas/plan.ts';

/**
 * Calls `settle` for every stage, each as soon as all it depends on are settled, in plan order among those
 * that are ready, and no more than `most` at a time. `settle` must not reject. Linear in the graph.
 */
export async function schedule(
  stages: readonly PlannedStage[],
  most: number,
  settle: (stage: PlannedStage) => Promise<void>,
): Promise<void> {
  const dependants = dependantsOf(stages);
  const waitingFor = new Map(stages.map((stage) => [stage.name, stage.dependsOn.length]));
  const ready = stages.filter((stage) => stage.dependsOn.length === 0);
  const inFlight = new Set<Promise<void>>();
  for (let next = 0; next < ready.length || inFlight.size > 0; ) {
    const stage = inFlight.size < most ? ready[next] : undefined;
    if (stage === undefined) {
      await Promise.race(inFlight);
      continue;
    }
    next++;
    const task: Promise<void> = settle(stage).then(() => {
      inFlight.delete(task);
      for (const dependant of dependants.get(stage.name) ?? []) {
        const left = (waitingFor.get(dependant.name) ?? 0) - 1;
        waitingFor.set(dependant.name, left);
        if (left === 0) ready.push(dependant);
      }
    });
    inFlight.add(task);
  }
}

export function dependantsOf(
  stages: readonly PlannedStage[],
): ReadonlyMap<StageName, readonly PlannedStage[]> {
  const dependants = new Map<StageName, PlannedStage[]>(stages.map((stage) => [stage.name, []]));
  for (const stage of stages) for (const needed of stage.dependsOn) dependants.get(needed)?.push(stage);
  return dependants;
}
