import {mkdirSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, it} from 'vitest';
import {objectPath} from '../../artifacts/layout.ts';
import {MemoryBucket} from '../../artifacts/memory/memory-bucket.ts';
import {openStore} from '../../artifacts/open/open-store.ts';
import {openRemote} from '../../artifacts/remote/open-remote.ts';
import {pushArtifacts} from '../../artifacts/remote/push.ts';
import {temporaryDirectory} from '../../artifacts/testing/temporary-directory.ts';
import {ingestTree} from '../../artifacts/trees/ingest.ts';
import {bringMissing, missingHere} from './bring-missing.ts';
import type {NamedArtifact} from './contents.ts';

it('what only the shared store has is brought: blobs whose size nobody wrote down, and files of trees', async () => {
  const folder = temporaryDirectory();
  mkdirSync(join(folder, 'tree'));
  for (const name of ['a', 'b', 'c']) writeFileSync(join(folder, 'tree', name), name.repeat(1000));
  const local = await openStore({directory: join(folder, 'store'), owner: 'test'});
  const log = await local.artifacts.write(Buffer.from('a log'));
  const tree = await ingestTree(local.artifacts, join(folder, 'tree'), {mode: 'copy'});
  if (!tree.ok) throw new Error(tree.error.code);
  const remote = openRemote(new MemoryBucket());
  await pushArtifacts(remote, local, [log, tree.value]);
  const named: readonly NamedArtifact[] = [
    {what: 'the log', type: 'blob', digest: log.digest},
    {what: 'the tree', type: 'tree', digest: tree.value.digest, claim: tree.value},
  ];
  expect(await missingHere(named, local)).toEqual([]);
  rmSync(objectPath(local.layout, log.digest));
  const gone = await local.artifacts.write(Buffer.from('b'.repeat(1000)));
  rmSync(objectPath(local.layout, gone.digest));
  const missing = await missingHere(named, local);
  expect(missing.map(({what}) => what)).toEqual(['the log', 'the tree']);
  await bringMissing(missing, remote, local);
  expect(await missingHere(named, local)).toEqual([]);
  await local.close();
});
