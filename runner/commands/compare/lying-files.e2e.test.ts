import {mkdirSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {expect, it} from 'vitest';
import {objectKey} from '../../../artifacts/bucket/bucket-layout.ts';
import {digestOfBytes} from '../../../artifacts/hashing.ts';
import {openRig} from '../../testing/rig.ts';

it('attest signs no report that is none, and says which replay it passes over', async () => {
  await using rig = await openRig();
  rig.write({'.repro/replays/20260102T030405Z/report.json': '{"replay":1,"stages":"all exact"}'});
  const named = await rig.repro(['attest', '20260102T030405Z']);
  expect({code: named.code, said: named.stderr.replaceAll(rig.root, '<root>')}).toMatchInlineSnapshot(`
    {
      "code": 2,
      "said": "error[unknown-replay]: .repro/replays/20260102T030405Z/report.json: it is no report of a replay: $.run is missing
      help: \`repro replay\` makes one
    ",
    }
  `);
  const newest = await rig.repro(['attest']);
  expect({code: newest.code, said: newest.stderr.replaceAll(rig.root, '<root>')}).toMatchInlineSnapshot(`
    {
      "code": 2,
      "said": "warning[unusable-record]: .repro/replays/20260102T030405Z/report.json: it is no report of a replay: $.run is missing; this replay is passed over
      help: name the replay that you mean

    error[unknown-replay]: no replay has ended yet in <root>/project/.repro/replays
      help: \`repro replay\` makes one
    ",
    }
  `);
});

it('pull brings no run out of a shared store whose record is none', async () => {
  await using rig = await openRig();
  const lie = '{"run":2,"stages":[]}';
  const digest = digestOfBytes(lie);
  const file = join(rig.root, 'shared', objectKey(digest));
  mkdirSync(dirname(file), {recursive: true});
  writeFileSync(file, lie);
  const pulled = await rig.repro(['pull', digest, '--from', '../shared']);
  expect({code: pulled.code, said: pulled.stderr}).toMatchInlineSnapshot(`
    {
      "code": 2,
      "said": "error[not-a-run]: sha256:1698a9e5233d74e7b466571293b688e876cb41cdd1da98b42a7f3d96e32d2803 is not the record of a run
      help: $.pipeline is missing
    ",
    }
  `);
});
