import {describe, expect, it} from 'vitest';
import {digestsTold, keysTold} from './keys-told.ts';

const POLARIS = 'pipelines/polaris.yaml';
const PIPELINES: readonly (readonly [file: string, profile: string | undefined])[] = [
  [POLARIS, 'laptop'],
  [POLARIS, 'h100'],
  [POLARIS, 'paper'],
  ['runner/testing/old-formats/project/p.yaml', undefined],
];

describe('as commit c04f9f1 had them are', () => {
  it('the keys of all stages of the pipelines here', async () => {
    const keys = PIPELINES.map(([file, profile]) => [
      profile === undefined ? file : `${file} ${profile}`,
      Object.fromEntries([...keysTold(file, profile)].map(([stage, {key}]) => [stage, key])),
    ]);
    await expect(asJson(Object.fromEntries(keys))).toMatchFileSnapshot('keys.json');
  });

  it('whole key documents, of a stage that has every sort of field', async () => {
    const documents = PIPELINES.map(([file, profile]) => {
      const told = keysTold(file, profile);
      return told.get('rl.1.train')?.document ?? told.get('train[long]')?.document;
    });
    await expect(asJson(documents)).toMatchFileSnapshot('documents.json');
  });

  it('the digests of stages’ code, of the SDK and of the locks, which stand in real keys', async () => {
    await expect(asJson(digestsTold())).toMatchFileSnapshot('digests.json');
  });
});

function asJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
