import {execFile} from 'node:child_process';
import {promisify} from 'node:util';
import {expect, it} from 'vitest';
import {CLI} from '../testing/cli-process.ts';
import {from, shell} from '../testing/pipeline-text.ts';
import {openRig, type Rig} from '../testing/rig.ts';

/** A tar of all that the stage was given and of what it makes itself, and what else it sees of the shell. */
const LOOK = [
  'mkdir tmp/made && echo new > tmp/made/new && touch outputs/out',
  'tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -h -cf tmp/all.tar inputs outputs resume request.json tmp/made stage sdk',
  '(sha256sum < tmp/all.tar; tar -tvf tmp/all.tar; umask; ulimit -a; nice) > outputs/out',
].join(' && ');

const PIPELINE = {
  tree: shell(
    'mkdir -p outputs/out/d/e; echo 1 > outputs/out/d/e/f; echo 2 > outputs/out/g; chmod +x outputs/out/g',
    {
      outputs: {out: {kind: 'files', type: 'tree'}},
    },
  ),
  text: shell('echo 3 > outputs/out'),
  look: shell(LOOK, {inputs: {tree: from('tree.out'), text: from('text.out')}}),
};

/** What `look` gave, in a run that somebody started from a shell in this state. */
async function seen(rig: Rig, sandbox: string, prepare: string, start: string): Promise<string> {
  const run = `${start} ${process.execPath} ${CLI} run p.yaml --no-cache --sandbox ${sandbox}`;
  const variables = {PATH: process.env.PATH ?? '', HOME: rig.home, XDG_CACHE_HOME: rig.cache};
  await promisify(execFile)('bash', ['-c', `${prepare}; exec ${run}`], {cwd: rig.project, env: variables});
  const record = JSON.parse((await rig.repro(['show', '--json'])).stdout);
  const look = record.stages.find(({name}: {name: string}) => name === 'look');
  return rig.object(look.receipt.outputs.out.digest);
}

const root = process.getuid?.() === 0;
const SHELLS = [
  ['umask 027', ''],
  ['umask 077; ulimit -S -n 200; ulimit -S -s 2048', 'nohup'],
  ['umask 000', `${root ? 'nice -n 7 ' : ''}taskset -c 0 setarch -R`],
] as const;

it.each(['auto', 'none'])(
  'the state of the user’s shell is in no byte of a result (sandbox %s)',
  async (sandbox) => {
    const found: string[] = [];
    for (const [prepare, start] of [['umask 022', ''] as const, ...SHELLS]) {
      // A project and a store of its own: what an earlier umask left must not be what the next one finds.
      await using rig = await openRig();
      rig.pipeline(PIPELINE);
      found.push(await seen(rig, sandbox, prepare, start));
    }
    expect(found[0]).toContain('drwxr-xr-x 0/0               0 1970-01-01 00:00 inputs/tree/d/e/');
    expect(found.slice(1)).toEqual(SHELLS.map(() => found[0]));
  },
);

it('objects that were stored under a narrow umask are shown like all others', async () => {
  await using rig = await openRig();
  rig.pipeline(PIPELINE);
  const narrow = await seen(rig, 'auto', 'umask 077', '');
  expect(await seen(rig, 'auto', 'umask 022', '')).toBe(narrow);
});
