import type {StageName} from '../../schemas/names.ts';
import type {Plan} from '../../schemas/plan.ts';

/** Which stages of a plan to run. `until` runs what a stage needs as well; `only` does not. */
export type Selection =
  | {readonly what: 'all'}
  | {readonly what: 'until'; readonly names: readonly string[]}
  | {readonly what: 'only'; readonly names: readonly string[]};

export type SelectedStages =
  | {
      readonly ok: true;
      readonly selected: ReadonlySet<StageName>;
      /** Those, and all they depend on, run or not. */
      readonly concerned: ReadonlySet<StageName>;
    }
  | {readonly ok: false; readonly unknown: string};

export function allOf(plan: Plan): ReadonlySet<StageName> {
  return new Set(plan.stages.map(({name}) => name));
}

export function selectStages(plan: Plan, selection: Selection): SelectedStages {
  if (selection.what === 'all') {
    const all = allOf(plan);
    return {ok: true, selected: all, concerned: all};
  }
  const named = new Set<StageName>();
  for (const name of selection.names) {
    const matching = plan.stages.filter((stage) => belongsTo(stage.name, name));
    if (matching.length === 0) return {ok: false, unknown: name};
    for (const stage of matching) named.add(stage.name);
  }
  const concerned = withAncestors(plan, named);
  return {ok: true, selected: selection.what === 'only' ? named : concerned, concerned};
}

/** `rl` means every stage of the chain `rl`, `evaluate` every combination of its matrix. */
function belongsTo(stage: StageName, name: string): boolean {
  return stage === name || stage.startsWith(`${name}.`) || stage.startsWith(`${name}[`);
}

function withAncestors(plan: Plan, named: ReadonlySet<StageName>): ReadonlySet<StageName> {
  const all = new Set(named);
  // Plan order puts every stage after what it needs, so one walk backwards is enough.
  for (const stage of [...plan.stages].reverse()) {
    if (all.has(stage.name)) for (const needed of stage.dependsOn) all.add(needed);
  }
  return all;
}
