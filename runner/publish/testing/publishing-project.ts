import {readdirSync} from 'node:fs';
import {join} from 'node:path';
import type {RunRecord2} from '../../../schemas/run-record.ts';
import {normalise} from '../../testing/normalise.ts';
import {from, shell} from '../../testing/pipeline-text.ts';
import {openRig, type Rig, type RigOptions} from '../../testing/rig.ts';

export const ABOUT = {license: 'CC-BY-4.0', authors: [{name: 'Ada Lovelace'}]};
export const STAGES = {
  words: shell('printf hello > outputs/out'),
  model: shell('mkdir outputs/model; tr a-z A-Z < inputs/words > outputs/model/weights; echo trained', {
    inputs: {words: from('words.out')},
    outputs: {model: {kind: 'model', type: 'tree'}},
  }),
};

interface PublishingOptions extends RigOptions {
  readonly about?: Parameters<Rig['pipeline']>[1];
  readonly stages?: Parameters<Rig['pipeline']>[0];
  readonly key?: false;
}

/** A project whose pipeline has run, and a key to publish with. */
export async function publishingProject({
  about = ABOUT,
  stages = STAGES,
  key,
  ...options
}: PublishingOptions = {}): Promise<Rig> {
  const rig = await openRig(options);
  rig.pipeline(stages, about);
  await rig.run();
  if (key !== false) await rig.repro(['keys', 'new']);
  return rig;
}

/** What a command prints, without what differs between two machines and two moments. */
export async function printed(rig: Rig, ...argv: readonly string[]): Promise<string> {
  const {stdout, stderr, code} = await rig.repro(argv);
  return `${normalise(stdout + stderr, rig)
    .replaceAll(/publications\/v1\/[0-9a-f]{64}/g, 'publications/v1/<hex>')
    .replaceAll(/ed25519:[A-Za-z0-9+/]{43}=/g, 'ed25519:<key>')
    .replaceAll(/\d+(\.\d)? k?B\b/g, '<bytes>')
    .replaceAll(/at byte \d+/g, 'at byte <n>')
    .replaceAll(/searched \d+ files/g, 'searched <n> files')
    .replaceAll(/sent \d+ objects/g, 'sent <n> objects')
    .replaceAll(/; \d+ were there/g, '; <n> were there')}[${code}]`;
}

export function lastRecord(rig: Rig): RunRecord2 {
  const run = readdirSync(join(rig.project, '.repro/runs')).sort().at(-1);
  return JSON.parse(rig.read(`.repro/runs/${run}/record.json`)) as RunRecord2;
}
