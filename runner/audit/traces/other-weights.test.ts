import {expect, it} from 'vitest';
import {aPublication, type Trained} from '../testing/a-publication.ts';
import {aTraining, modelOf, safetensorsOf, TRAINING_CONTRACT, weightsAfter} from '../testing/a-training.ts';
import {auditIt, rowOf} from '../testing/audit-it.ts';

const BASE = weightsAfter(0);

async function told(training: Trained): Promise<string> {
  const published = await aPublication({training, code: {fit: {'stage.yaml': TRAINING_CONTRACT}}});
  const {state, why} = rowOf(await auditIt(published), 'trace');
  return `${state}: ${why}`;
}

it('passes when an index, and a config that names it, tell a loader of these files and no other', async () => {
  const index = 'model.safetensors.index.json';
  const model = modelOf(weightsAfter(6), 2);
  const files = Object.keys(model).filter((path) => path.endsWith('.safetensors'));
  const map = JSON.stringify({weight_map: Object.fromEntries(files.map((file, at) => [`t${at}`, file]))});
  const config = JSON.stringify({transformers_weights: index});
  const why = await told(aTraining({model: {...model, [index]: map, 'config.json': config}}));
  expect(why).toMatch(/^pass: /);
});

it.each(['checkpoint/model.safetensors', 'model.gguf', 'pytorch_model.bin', 'adapter_config.json'])(
  'does not pass with other weights beside its own, which a loader may prefer: %s',
  async (path) => {
    const model = {...modelOf(weightsAfter(6)), [path]: safetensorsOf(BASE)};
    expect(await told(aTraining({model}))).toBe(
      `not-checked: train: model has other weights beside those of its trace: "${path}"`,
    );
  },
);
