import type {Digest} from '../../../schemas/digest.ts';
import type {Plan} from '../../../schemas/plan.ts';
import {type Receipt, traceOf} from '../../../schemas/receipt.ts';
import type {RunRecord2} from '../../../schemas/run-record.ts';
import type {TraceContract} from '../../../schemas/stage-contract.ts';
import {doneStages} from '../done-stages.ts';

/** A stage that has a trace, or must have one. */
export interface TracedStage {
  readonly name: string;
  readonly receipt: Receipt;
  readonly trace: Digest | null;
  /** What its kind says that its trace is held against; undefined where it says nothing. */
  readonly contract: TraceContract | undefined;
  /** Its params say that it writes none: `trace: off`. */
  readonly excused: string | undefined;
}

/** `plan`: the published pipeline, planned again; undefined where that can't be had. */
export function tracedStages(record: RunRecord2, plan: Plan | undefined): readonly TracedStage[] {
  const planned = new Map(plan?.stages.map((stage) => [stage.name as string, stage]));
  return doneStages(record).flatMap(({name, receipt}) => {
    const trace = traceOf(receipt);
    const contract = planned.get(name)?.trace;
    if (trace === null && contract === undefined) return [];
    return [{name, receipt, trace, contract, excused: excuseOf(contract, receipt)}];
  });
}

function excuseOf(contract: TraceContract | undefined, {document}: Receipt): string | undefined {
  const found = Object.entries(contract?.unless ?? {}).find(
    ([param, value]) => Object.hasOwn(document.params, param) && document.params[param] === value,
  );
  return found === undefined ? undefined : `${found[0]}: ${String(found[1])}`;
}

/** A param that must be a count, for steps. */
export function countParam({document: {params}}: Receipt, name: string | undefined): number | undefined {
  const value = name !== undefined && Object.hasOwn(params, name) ? params[name] : undefined;
  return Number.isSafeInteger(value) && Number(value) >= 0 ? Number(value) : undefined;
}

/** The steps after which a state is published: the last is none, its state is the output. */
export function stateSteps({contract, receipt}: TracedStage): readonly number[] {
  const every = countParam(receipt, contract?.boundaries?.every) ?? 0;
  const steps = countParam(receipt, contract?.steps) ?? 0;
  if (every === 0 || steps / every > MOST_STATES) return [];
  return Array.from({length: Math.max(0, Math.ceil(steps / every) - 1)}, (_, i) => (i + 1) * every);
}

/** More is nobody's training. */
const MOST_STATES = 100_000;
