import type {Json} from '../../schemas/canonical-json.ts';
import type {StageName} from '../../schemas/names.ts';
import type {LabelledInput, SingleInput, ValueType} from '../../schemas/plan.ts';

/** What something written in a pipeline turned out to be. */
export type Resolved =
  | {readonly is: 'json'; readonly value: Json}
  /** A value that a stage computes: known only when it has run. */
  | {readonly is: 'value'; readonly stage: StageName; readonly value: string; readonly type: ValueType}
  | {readonly is: 'artifact'; readonly input: SingleInput; readonly kind: string}
  | {readonly is: 'many'; readonly members: readonly LabelledInput[]; readonly kinds: ReadonlySet<string>}
  /** Wrong, and reported: whoever reads it says nothing more. */
  | {readonly is: 'unknown'};

export const unknown: Resolved = {is: 'unknown'};

export function resolvedJson(value: Json): Resolved {
  return {is: 'json', value};
}
