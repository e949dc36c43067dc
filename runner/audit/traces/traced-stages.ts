import type {Digest} from '../../../schemas/digest.ts';
import type {Plan} from '../../../schemas/plan.ts';
import {type Receipt, traceOf} from '../../../schemas/receipt.ts';
import type {RunRecord2} from '../../../schemas/run-record.ts';
import type {TraceContract} from '../../../schemas/stage-contract.ts';
import {countParam, traceExcuse} from '../../compare/trace/trace-terms.ts';
import {doneStages} from '../done-stages.ts';

/** A stage that has a trace, or must have one. */
export interface TracedStage {
  readonly name: string;
  readonly receipt: Receipt;
  readonly trace: Digest | null;
  /** What its kind says that its trace is held against; undefined where it says nothing. */
  readonly contract: TraceContract | undefined;
  /** Of a kind that comes with repro: where its contract says nothing of traces, an older release published it. */
  readonly isBuiltIn: boolean;
  /** Its params say that it writes none: `trace: off`. */
  readonly excused: string | undefined;
}

/** `plan`: the published pipeline, planned again; undefined where that can't be had. */
export function tracedStages(record: RunRecord2, plan: Plan | undefined): readonly TracedStage[] {
  const planned = new Map(plan?.stages.map((stage) => [stage.name as string, stage]));
  const builtIn = new Set(
    Object.entries(record.source.folders).flatMap(([folder, {digest}]) =>
      folder.startsWith('builtin:') ? [digest] : [],
    ),
  );
  return doneStages(record).flatMap(({name, receipt}) => {
    const trace = traceOf(receipt);
    const contract = planned.get(name)?.trace;
    if (trace === null && contract === undefined) return [];
    const isBuiltIn = builtIn.has(receipt.document.code);
    return [
      {name, receipt, trace, contract, isBuiltIn, excused: traceExcuse(contract, receipt.document.params)},
    ];
  });
}

/** The steps after which a state is published: the last is none, its state is the output. */
export function stateSteps({contract, receipt}: TracedStage): readonly number[] {
  const {params} = receipt.document;
  const every = countParam(params, contract?.boundaries?.every) ?? 0;
  const steps = countParam(params, contract?.steps) ?? 0;
  if (every === 0 || steps / every > MOST_STATES) return [];
  return Array.from({length: Math.max(0, Math.ceil(steps / every) - 1)}, (_, i) => (i + 1) * every);
}

/** More is nobody's training. */
const MOST_STATES = 100_000;
