import type {OutputSpec, ValueType} from '../../schemas/plan.ts';
import type {StageInstance} from './scope.ts';

/** What a stage gives: by its kind's contract, and, where the kind is open, by the pipeline too. */
export function outputsOf({contract, definition}: StageInstance): ReadonlyMap<string, OutputSpec> {
  const outputs = new Map<string, OutputSpec>();
  const further = contract?.contract.open ? Object.entries(definition.outputs ?? {}) : [];
  for (const [name, {type, kind}] of [...Object.entries(contract?.contract.outputs ?? {}), ...further]) {
    outputs.set(name, {type, kind});
  }
  return outputs;
}

export function valuesOf({contract, definition}: StageInstance): ReadonlyMap<string, ValueType> {
  const values = new Map<string, ValueType>();
  const further = contract?.contract.open ? Object.entries(definition.values ?? {}) : [];
  for (const [name, {type}] of [...Object.entries(contract?.contract.values ?? {}), ...further])
    values.set(name, type);
  return values;
}
