import {existsSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {expect, it} from 'vitest';
import {openRig} from '../../testing/rig.ts';

it('leaves no lease where there is nothing to replay: not there, not a publication, not trusted', async () => {
  await using rig = await openRig();
  const argv = ['sh', '-c', 'echo hello > outputs/out'];
  const a = {uses: 'command', with: {argv}, outputs: {out: {kind: 'text', type: 'blob'}}};
  rig.pipeline({a}, {license: 'MIT', authors: [{name: 'Ada'}]});
  expect((await rig.run()).code).toBe(0);
  await rig.repro(['keys', 'new']);
  const published = await rig.repro(['publish', '--to', '../public', '--json']);
  const {url} = JSON.parse(published.stdout);
  const missing = `${url.slice(0, -64)}${'0'.repeat(64)}`;
  const ends = [
    await rig.repro(['replay', missing]),
    await rig.repro(['replay', join(rig.project, '../nowhere/publications/v1', '0'.repeat(64))]),
    await rig.repro(['replay', url]),
    await rig.repro(['bisect', missing]),
  ];
  expect(ends.map(({code}) => code)).toEqual([4, 4, 2, 4]);
  const leases = join(rig.store, 'leases');
  expect(existsSync(leases) ? readdirSync(leases) : []).toEqual([]);
});
