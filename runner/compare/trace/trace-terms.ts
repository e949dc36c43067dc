import type {Json} from '../../../schemas/canonical-json.ts';
import type {TraceContract} from '../../../schemas/stage-contract.ts';

type Params = Readonly<Record<string, Json>>;

/** With which of its params a stage writes no trace, as `trace: off`; undefined where it must write one. */
export function traceExcuse(contract: TraceContract | undefined, params: Params): string | undefined {
  const found = Object.entries(contract?.unless ?? {}).find(
    ([param, value]) => Object.hasOwn(params, param) && params[param] === value,
  );
  return found === undefined ? undefined : `${found[0]}: ${String(found[1])}`;
}

/** A param that must be a count, for steps. */
export function countParam(params: Params, name: string | undefined): number | undefined {
  const value = name !== undefined && Object.hasOwn(params, name) ? params[name] : undefined;
  return Number.isSafeInteger(value) && Number(value) >= 0 ? Number(value) : undefined;
}
