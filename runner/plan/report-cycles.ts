import type {PlannedStage} from '../../schemas/plan.ts';
import type {Problems} from '../load/problems.ts';
import type {StageInstance} from './scope.ts';

/** A cycle in full, pointing at each stage of it: any of their references may be the wrong one. */
export function reportCycles(
  cycles: readonly (readonly PlannedStage[])[],
  problems: Problems,
  stages: readonly StageInstance[],
): void {
  if (cycles.length === 0) return;
  const written = new Map(stages.map((stage) => [stage.name, stage.entry.key]));
  for (const cycle of cycles) {
    const [first] = cycle;
    if (!first) continue;
    const names = [...cycle, first].map(({name}) => name);
    problems.report({
      code: 'cycle',
      message:
        cycle.length === 1
          ? `stage "${first.name}" waits for itself`
          : `stages wait for each other: ${arrows(names)}`,
      at: written.get(first.name),
      related: cycle.slice(1, MOST_SHOWN).flatMap(({name}, i) => {
        const at = written.get(name);
        return at ? [{message: `${names[i]} reads ${name}`, at}] : [];
      }),
      help: `let ${cycle.length === 1 ? 'it' : 'one of them'} read something made earlier`,
    });
  }
}

const MOST_SHOWN = 8;

/** In full, unless it would fill the screen. */
function arrows(names: readonly string[]): string {
  const shown = names.length > 30 ? [...names.slice(0, 15), '…', ...names.slice(-5)] : names;
  return shown.join(' → ');
}
