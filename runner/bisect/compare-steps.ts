import type {LocatedDivergence, StepAgain} from '../../schemas/bisection.ts';
import type {ArtifactReader} from '../compare/artifact-reader.ts';
import {compareLookedAt} from './compare-looked-at.ts';
import type {Parting} from './find-parting.ts';
import {nameFault} from './name-fault.ts';
import type {StepDone} from './replay-step.ts';

/** Two executions of one step, tensor by tensor; undefined where there was no step to do again. */
export async function compareDone(
  done: readonly StepDone[],
  {trace}: Parting,
  reader: ArtifactReader,
): Promise<StepAgain | undefined> {
  if (done.length === 0 || trace?.kind !== 'step') return undefined;
  const [a, b] = done.map(({looked}) => looked);
  const found =
    a === undefined || b === undefined
      ? {parts: [], equal: []}
      : await compareLookedAt(a, b, trace.step, reader);
  return {step: trace.step, sides: done.map(({again}) => again), ...found};
}

export function conclude(parting: Parting, again: StepAgain | undefined): LocatedDivergence {
  const verdict = nameFault({causes: parting.causes, trace: parting.trace, again});
  return {...parting, ...(again !== undefined && {again}), verdict};
}
