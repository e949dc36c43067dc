import type {ReadableBucket} from '../../../artifacts/bucket/bucket.ts';
import type {Artifact} from '../../../schemas/artifact.ts';
import type {Digest} from '../../../schemas/digest.ts';
import {readPublishedTree} from '../read-tree.ts';
import {type OtherWeights, otherWeights} from './other-weights.ts';
import type {TracedStage} from './traced-stages.ts';

export interface WeightFile {
  readonly name: string;
  readonly digest: Digest;
  readonly size: number;
}

/** Where the weights are that a trace ends in. */
export type WeightFiles =
  | {
      readonly state: 'files';
      readonly output: string;
      readonly files: readonly WeightFile[];
      readonly others: OtherWeights;
    }
  /** Nothing says which output they are. */
  | {readonly state: 'unnamed'}
  | {readonly state: 'wrong' | 'unread'; readonly why: string};

const NO_OTHERS: OtherWeights = {findings: [], beside: []};

/** Of the output that the contract names; where none does, of the only model that the stage gave. */
export async function readWeightFiles(
  {contract, receipt}: TracedStage,
  bucket: ReadableBucket,
): Promise<WeightFiles> {
  const models = Object.entries(receipt.document.outputs).flatMap(([name, {kind}]) =>
    kind === 'model' ? [name] : [],
  );
  const output = contract?.model ?? (contract === undefined && models.length === 1 ? models[0] : undefined);
  if (output === undefined) return {state: 'unnamed'};
  const artifact = Object.hasOwn(receipt.outputs, output) ? receipt.outputs[output] : undefined;
  if (artifact === undefined) return {state: 'wrong', why: `it gave no ${output}, which its trace ends in`};
  return filesOf(artifact, output, bucket);
}

async function filesOf(artifact: Artifact, output: string, bucket: ReadableBucket): Promise<WeightFiles> {
  if (artifact.type === 'blob') {
    const {digest, size} = artifact;
    return {state: 'files', output, files: [{name: output, digest, size}], others: NO_OTHERS};
  }
  const tree = await readPublishedTree(bucket, artifact);
  switch (tree.state) {
    case 'read': {
      // All of them, whatever an index names: which of two a loader takes is the loader's choice.
      const entries = tree.manifest.entries.filter(({path}) => /^[^/]+\.safetensors$/.test(path));
      if (entries.length === 0)
        return {
          state: 'wrong',
          why: `${output} has no safetensors, and so no weights that its trace could end in`,
        };
      const hashed = new Set(entries.map(({path}) => path));
      const files = entries.map(({path, digest, size}) => ({name: `${output}: ${path}`, digest, size}));
      return {state: 'files', output, files, others: await otherWeights(bucket, tree.manifest, hashed)};
    }
    case 'absent':
      return {state: 'unread', why: `${output} is not there`};
    case 'wrong':
    case 'unreachable':
      return {state: 'unread', why: `${output}: ${tree.why}`};
  }
}
