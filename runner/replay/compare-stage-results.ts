import {canonicalJson} from '../../schemas/canonical-json.ts';
import type {HardwareFacts} from '../../schemas/hardware.ts';
import {type Receipt, traceOf} from '../../schemas/receipt.ts';
import type {FactDifference, StageResultDigests, Verdict} from '../../schemas/verdict.ts';

export function resultOf(receipt: Receipt): StageResultDigests {
  const {outputs, values, execution} = receipt;
  return {outputs, values, metrics: execution.metrics, trace: traceOf(receipt)};
}

/**
 * Bit for bit: every output, every value, the metrics and the trace. Nothing here knows of a tolerance. A
 * record of before traces were kept has none to compare.
 */
export function compareStageResults(recorded: StageResultDigests, found: StageResultDigests): Verdict {
  const differing: string[] = [];
  const compared: string[] = [];
  const compare = (name: string, before: unknown, after: unknown) => {
    compared.push(name);
    if (canonicalJson(before ?? null) !== canonicalJson(after ?? null)) differing.push(name);
  };
  for (const name of namesOf(recorded.outputs, found.outputs)) {
    compare(`outputs.${name}`, recorded.outputs[name], found.outputs[name]);
  }
  for (const name of namesOf(recorded.values, found.values)) {
    compare(`values.${name}`, recorded.values[name], found.values[name]);
  }
  if (recorded.metrics !== null || found.metrics !== null)
    compare('metrics', recorded.metrics, found.metrics);
  if (recorded.trace !== null) compare('trace', recorded.trace, found.trace);
  return differing.length === 0 ? {verdict: 'exact', compared} : {verdict: 'different', differing, compared};
}

/** Which facts of two hardware classes are not the same, the most telling first. */
export function compareFacts(recorded: HardwareFacts, here: HardwareFacts): readonly FactDifference[] {
  return namesOf(recorded, here)
    .filter((fact) => recorded[fact] !== here[fact])
    .map((fact) => ({fact, recorded: recorded[fact] ?? null, here: here[fact] ?? null}))
    .sort((a, b) => rankOf(a.fact) - rankOf(b.fact));
}

/** What changes bits most often, first: another chip, then its software, then the rest. */
const RANKS = [
  /\.name$/,
  /compute_cap/,
  /multiprocessors/,
  /driver/,
  /cuda|cudnn|cublas|nccl/,
  /cpu\.level/,
  /cpu\.vendor/,
  /cpu/,
];

function rankOf(fact: string): number {
  const rank = RANKS.findIndex((pattern) => pattern.test(fact));
  return rank < 0 ? RANKS.length : rank;
}

function namesOf(a: object, b: object): readonly string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
}
