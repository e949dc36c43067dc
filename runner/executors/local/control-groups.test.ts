import {chmodSync, mkdirSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {expect, it} from 'vitest';
import {temporaryDirectory} from '../../../artifacts/testing/temporary-directory.ts';
import {findControlGroups} from './control-groups.ts';

/** A machine of which only this is known. */
function machine(files: Readonly<Record<string, string>>): string {
  const root = temporaryDirectory();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), {recursive: true});
    writeFileSync(join(root, path), text);
  }
  return root;
}

const V1 = {
  'proc/self/cgroup': '9:name=systemd:/\n8:pids:/\n4:memory:/a/b\n0::/\n',
  'proc/self/mounts':
    'cgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0\ncgroup /sys/fs/cgroup/pids cgroup rw,pids 0 0\ncgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n',
  'sys/fs/cgroup/memory/a/b/cgroup.procs': '',
  'sys/fs/cgroup/memory/cgroup.procs': '',
  'sys/fs/cgroup/pids/cgroup.procs': '',
  'sys/fs/cgroup/unified/cgroup.procs': '',
  'sys/fs/cgroup/unified/cgroup.subtree_control': 'hugetlb\n',
};
const SLICE = 'sys/fs/cgroup/user.slice/app.slice';
const V2 = {
  'proc/self/cgroup': '0::/user.slice/app.slice/shell.scope\n',
  'proc/self/mounts': 'cgroup2 /sys/fs/cgroup cgroup2 rw,nsdelegate 0 0\n',
  [`${SLICE}/cgroup.subtree_control`]: 'memory pids\n',
  [`${SLICE}/cgroup.procs`]: '',
  [`${SLICE}/shell.scope/cgroup.procs`]: '',
};

it('are those of version 1, one for memory and one for processes, where version 2 has neither', () => {
  const root = machine(V1);
  const memory = join(root, 'sys/fs/cgroup/memory/a/b');
  const pids = join(root, 'sys/fs/cgroup/pids');
  expect(findControlGroups(root)).toEqual([
    {version: 1, controllers: ['memory'], own: memory, base: memory},
    {version: 1, controllers: ['pids'], own: pids, base: pids},
  ]);
});

it('are what is mounted, where the path is that of the machine around a container', () => {
  const root = machine({...V1, 'proc/self/cgroup': '8:pids:/docker/1\n4:memory:/docker/1\n'});
  expect(findControlGroups(root).map(({own}) => own)).toEqual([
    join(root, 'sys/fs/cgroup/memory'),
    join(root, 'sys/fs/cgroup/pids'),
  ]);
});

it('lie beside ours in version 2, since one with processes of its own can not be divided', () => {
  const root = machine(V2);
  const base = join(root, SLICE);
  expect(findControlGroups(root)).toEqual([
    {version: 2, controllers: ['memory', 'pids'], own: join(base, 'shell.scope'), base},
  ]);
});

it('lie in ours in version 2 where that is the highest one there is', () => {
  const root = machine({
    ...V2,
    'proc/self/cgroup': '0::/\n',
    'sys/fs/cgroup/cgroup.subtree_control': 'cpu memory pids\n',
    'sys/fs/cgroup/cgroup.procs': '',
  });
  const base = join(root, 'sys/fs/cgroup');
  expect(findControlGroups(root)).toEqual([{version: 2, controllers: ['memory', 'pids'], own: base, base}]);
});

it.each([
  ['where nothing is known', {}],
  ['where only one of both is to be had', {...V1, 'proc/self/cgroup': '8:pids:/\n0::/\n'}],
  ['where version 2 hands no memory on', {...V2, [`${SLICE}/cgroup.subtree_control`]: 'cpu pids\n'}],
])('are none %s', (_, files) => {
  expect(findControlGroups(machine(files))).toEqual([]);
});

it('are none where we may not write', (context) => {
  context.skip(process.getuid?.() === 0, 'NOT TESTED: root may write anywhere');
  const root = machine(V2);
  chmodSync(join(root, SLICE), 0o555);
  expect(findControlGroups(root)).toEqual([]);
});
