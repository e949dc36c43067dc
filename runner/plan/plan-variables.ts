import type {TextSpan} from '../load/text-file.ts';
import {childOf, entriesOf} from '../load/yaml-node.ts';
import {paramText} from './number-text.ts';
import type {Planner, Reader} from './planner.ts';
import {constant} from './resolve.ts';
import type {StageInstance} from './scope.ts';

/** Environment variables that the pipeline declares, beside those that the determinism contract sets. */
export function planVariables(
  planner: Planner,
  stage: StageInstance,
  reader: Reader,
): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const [name, {key, value}] of entriesOf(childOf(stage.entry.value, 'variables'))) {
    if (OWNED.test(name)) reportOwned(planner, name, key);
    const text = constant(planner, value, {scope: stage.scope, reader, where: `as \`${name}\``});
    if (text === undefined) continue;
    if (typeof text === 'object') reportNotText(planner, name, value.span);
    else variables[name] = paramText(text);
  }
  return variables;
}

/**
 * Set by the runner: a stage that changed them would not be where its key says it is. What tunes a GPU, NCCL or vLLM
 * may be declared, since a declared variable is in the key.
 */
const OWNED = new RegExp(
  `^(${[
    'PATH|HOME|TMPDIR|TZ|LANG|LC_.*|LD_.*|REPRO_.*|PYTHON(PATH|HASHSEED|HOME|STARTUP)',
    'OMP_(NUM_THREADS|DYNAMIC)|MKL_(NUM_THREADS|DYNAMIC|CBWR)|OPENBLAS_(NUM_THREADS|CORETYPE)',
    'CUDA_VISIBLE_DEVICES|CUDA_DEVICE_ORDER|NVIDIA_VISIBLE_DEVICES',
    'ATEN_CPU_CAPABILITY|ONEDNN_MAX_CPU_ISA|TOKENIZERS_PARALLELISM',
    '(HF_HUB|HF_DATASETS|TRANSFORMERS)_OFFLINE',
  ].join('|')})$`,
);

function reportOwned(planner: Planner, name: string, at: TextSpan): void {
  const help = /THREADS/.test(name) ? 'set `resources: {cpus: …}` instead' : 'remove the line';
  planner.problems.report({code: 'bad-variable', message: `\`${name}\` is set by repro itself`, at, help});
}

function reportNotText(planner: Planner, name: string, at: TextSpan): void {
  const message = `\`${name}\` is a list or map, and a variable holds text`;
  planner.problems.report({code: 'bad-variable', message, at, help: 'give text, or use a param'});
}
