import type {Artifact} from '../../../schemas/artifact.ts';
import type {ModelTie} from '../../../schemas/segments.ts';
import type {ArtifactReader} from '../../compare/artifact-reader.ts';
import {NotReadableSo} from '../../compare/not-readable-so.ts';
import {leafOf} from '../../compare/tensors/compare-stored.ts';
import {contentDigest} from '../../compare/tensors/tensor-digest.ts';
import {openTensors} from '../../compare/tensors/tensor-set.ts';
import type {SearchedTrace} from '../../compare/trace/first-divergence.ts';
import {weightFiles} from '../../compare/trees/weights.ts';
import type {Training} from './training.ts';

/**
 * Whether the published model is the one that the trace ends in. Without this all segments could be true and the model
 * another one: it is what ties a training's output to its steps. Bits alone decide, so weights that were saved in
 * another type than they were trained in can't be tied so.
 */
export async function modelOf(
  {stage, recorded}: Training,
  trace: SearchedTrace,
  reader: ArtifactReader,
): Promise<ModelTie> {
  const names = [...stage.outputs].flatMap(([name, {kind}]) => (kind === 'model' ? [name] : []));
  const [name] = names;
  const model = name === undefined ? undefined : recorded.outputs[name];
  if (model === undefined || names.length > 1) return no('it gives no model, or more than one');
  const last = trace.steps === 0 ? undefined : trace.read(trace.steps - 1).parts.parameters;
  if (last === undefined) return no('the trace’s last line has no parameters');
  const weights = await digestOf(model, reader);
  if ('why' in weights) return no(`${name} can’t be read: ${weights.why}`);
  if (weights.content === last) return {tied: true};
  const types = [...weights.types].sort().join(', ');
  const contradicts = types === 'F32' && recorded.document.params.dtype === 'float32';
  return no(`${name} has other bits than the trace ends in (saved as ${types})`, contradicts);
}

function no(why: string, contradicts = false): ModelTie {
  return {tied: false, why, contradicts};
}

async function digestOf(
  model: Artifact,
  reader: ArtifactReader,
): Promise<{readonly content: string; readonly types: ReadonlySet<string>} | {readonly why: string}> {
  try {
    const files =
      model.type === 'tree'
        ? await weightFiles(await reader.tree(model.digest), '.')
        : [{name: 'the model', path: await reader.file('the model', model.digest).path()}];
    if (files.length === 0) return {why: 'it has no safetensors'};
    const opened = openTensors(files);
    if (!opened.ok) return {why: opened.error};
    using tensors = opened.value;
    const leaves = new Map<string, string>();
    for (const [name, tensor] of tensors.tensors) leaves.set(name, await leafOf(tensor));
    return {
      content: contentDigest(leaves),
      types: new Set([...tensors.tensors.values()].map(({dtype}) => dtype)),
    };
  } catch (error) {
    if (error instanceof NotReadableSo) return {why: error.message};
    throw error;
  }
}
