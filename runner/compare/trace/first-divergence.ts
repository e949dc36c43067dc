import {
  type DivergingStep,
  TRACE_PARTS,
  type TraceDivergence,
  type TraceStep,
} from '../../../schemas/trace.ts';
import {nameCause} from './name-cause.ts';
import type {Trace} from './open-trace.ts';
import {scalarDifferences} from './scalar-differences.ts';

export interface Knowledge {
  /** Whether both began from the same model, where receipts say so. Undefined: they don't. */
  readonly sameStart?: boolean;
}

/** What the search needs of a verified trace; tests count what it asks for. */
export type SearchedTrace = Pick<Trace, 'header' | 'steps' | 'read'>;

/**
 * The first step at which two verified traces differ, by binary search: a line's chain stands for all lines up to it,
 * so equal chains mean equal pasts. Compares at most ⌈log2(n)⌉ + 1 lines.
 */
export function firstDivergence(
  a: SearchedTrace,
  b: SearchedTrace,
  knowledge: Knowledge = {},
): TraceDivergence {
  const fields = headerFields(a, b);
  if (fields.length > 0) return {kind: 'other-header', fields};
  const shared = Math.min(a.steps, b.steps);
  const {index, probes} = search(shared, (at) => a.read(at).chain === b.read(at).chain);
  const steps = [a.steps, b.steps] as const;
  if (index < shared) {
    const parametersEqualAt = lastParameters(a, index) ?? (knowledge.sameStart === true ? 0 : undefined);
    return describe(a.read(index), b.read(index), {index, steps, probes, parametersEqualAt, ...knowledge});
  }
  return a.steps === b.steps ? {kind: 'equal', steps: a.steps} : {kind: 'longer', steps, probes};
}

function headerFields(a: SearchedTrace, b: SearchedTrace): readonly string[] {
  if (a.header.chain === b.header.chain) return [];
  const fields = (['what', 'parts'] as const).filter(
    (field) => JSON.stringify(a.header[field]) !== JSON.stringify(b.header[field]),
  );
  return fields.length > 0 ? fields : ['header'];
}

/** The smallest index below `length` that is not equal; `length` when all are. The last one is asked first: often all are. */
function search(length: number, isEqual: (index: number) => boolean) {
  if (length === 0 || isEqual(length - 1)) return {index: length, probes: length === 0 ? 0 : 1};
  let [low, high, probes] = [0, length - 1, 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    probes++;
    if (isEqual(middle)) low = middle + 1;
    else high = middle;
  }
  return {index: low, probes};
}

interface Found extends Knowledge {
  readonly index: number;
  readonly steps: readonly [number, number];
  readonly probes: number;
  readonly parametersEqualAt: number | undefined;
}

/** Lines before `index` are equal: those of a speak for both. Parameters are in every line, or in one of a few. */
function lastParameters(a: SearchedTrace, index: number): number | undefined {
  for (let at = index - 1; at >= 0; at--) {
    const {step, parts} = a.read(at);
    if (parts.parameters !== undefined) return step;
  }
  return undefined;
}

function describe(a: TraceStep, b: TraceStep, found: Found): DivergingStep {
  const {index, steps, probes, sameStart, parametersEqualAt} = found;
  const present = TRACE_PARTS.filter((part) => part in a.parts || part in b.parts);
  const differing = present.filter((part) => a.parts[part] !== b.parts[part]);
  const equalBefore = index > 0 ? true : sameStart;
  const equalParameters = parametersEqualAt === a.step - 1;
  const symptoms = {
    step: a.step,
    differing: new Set(differing),
    present: new Set(present),
    equalBefore,
    equalParameters,
  };
  const {cause, alternatives} = nameCause(symptoms);
  return {
    kind: 'step',
    step: a.step,
    steps,
    first: differing[0],
    differing,
    equal: present.filter((part) => !differing.includes(part)),
    absent: present.filter((part) => !(part in a.parts && part in b.parts)),
    equalBefore: equalBefore === true,
    parametersEqualAt,
    scalars: scalarDifferences(a, b),
    cause,
    alternatives: alternatives.filter((other) => other !== cause),
    probes,
  };
}
