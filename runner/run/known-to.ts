import type {StageName} from '../../schemas/names.ts';
import type {Receipt} from '../../schemas/receipt.ts';
import type {Known} from '../identity/key-document.ts';
import type {Facts} from './run-context.ts';

/**
 * What keys are computed from: the facts, and the results of stages before. `missing` says what it means that there is
 * no such result: the caller asked for one too early, or a record lies.
 */
export function knownTo(
  facts: Facts,
  receiptOf: (name: StageName) => Receipt | undefined,
  missing: string,
): Known {
  return {
    receipt(name) {
      const receipt = receiptOf(name);
      if (receipt === undefined) throw new Error(`${name} ${missing}`);
      return receipt;
    },
    source: (name) => facts.source(name),
    environment: (name) => facts.environment(name),
    code: (folder) => facts.code(folder),
    sdk: facts.sdk,
  };
}
