import {sign} from 'node:crypto';
import {digestOfBytes} from '../../../artifacts/hashing.ts';
import {aReceipt} from '../../../artifacts/testing/a-receipt.ts';
import {drawnKey} from '../../../artifacts/testing/drawn-key.ts';
import {canonicalJson} from '../../../schemas/canonical-json.ts';
import type {RunRecord2} from '../../../schemas/run-record.ts';
import {ed25519Key} from '../../attest/public-key.ts';
import type {Signer} from '../../attest/signer.ts';
import {type PublishableRun, publishable} from '../publishable.ts';

/** A run of two stages that could be published; `n` tells one from another. */
export function aRun(n = 1): PublishableRun {
  const tree = {type: 'tree', digest: digestOfBytes('tree'), size: 4, files: 1} as const;
  const record: RunRecord2 = {
    run: 2,
    pipeline: {
      name: 'tiny',
      profile: 'default',
      params: {n},
      seed: 1,
      text: digestOfBytes('pipeline'),
      overrides: [],
      license: 'MIT',
      authors: [{name: 'Ada', orcid: '0000-0001-2345-6789'}],
      description: 'A test.',
      citation: null,
    },
    source: {file: 'p.yaml', files: tree, folders: {own: tree, 'builtin:sft': tree}, sdk: tree},
    startedAt: '2026-01-02T03:04:05.000Z',
    seconds: 1.5,
    git: {commit: 'c'.repeat(40), clean: true, remote: 'https://example.org/tiny.git'},
    outcome: 'succeeded',
    stages: [
      {name: 'first', state: 'executed', receipt: aReceipt({model: tree})},
      {name: 'second', state: 'cached', receipt: aReceipt({}, {kind: 'evaluate', values: {accuracy: 0.5}})},
    ],
  };
  const run = publishable({record, digest: digestOfBytes(canonicalJson(record))});
  if (!run.ok) throw new Error(run.error[0]?.message);
  return run.value;
}

let signers = 0;

/** Another signer at each call, and the same ones in every run of a test file. */
export function aSigner(): Signer {
  const {privateKey, publicKey} = drawnKey(`signer ${signers++}`);
  return {
    key: ed25519Key(Buffer.from(publicKey.export({format: 'jwk'}).x ?? '', 'base64url')),
    sign: async (message) => ({ok: true, value: sign(null, message, privateKey)}),
  };
}
