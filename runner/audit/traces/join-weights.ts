import {err, ok, type Result} from '../../../schemas/result.ts';
import {contentDigest} from '../../compare/tensors/tensor-digest.ts';
import type {HashedTensors} from '../../compare/tensors/tensor-hasher.ts';

export interface Weights {
  /** The content digest of all of them. */
  readonly content: string;
  readonly types: ReadonlySet<string>;
}

/** Of a model that may be split over files: a tensor that two of them hold has no meaning. */
export function weightsOf(
  files: readonly {readonly name: string; readonly tensors: HashedTensors}[],
): Result<Weights, string> {
  const leaves = new Map<string, string>();
  const types = new Set<string>();
  for (const {name, tensors} of files) {
    for (const [tensor, leaf] of tensors.leaves) {
      if (leaves.has(tensor)) return err(`${name}: tensor ${JSON.stringify(tensor)} is in another file too`);
      leaves.set(tensor, leaf);
    }
    for (const type of tensors.types) types.add(type);
  }
  return ok({content: contentDigest(leaves), types});
}
