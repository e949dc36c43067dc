import {expect, it} from 'vitest';
import type {Resources} from '../../schemas/plan.ts';
import {gpuGroups} from '../hardware/gpu-groups.ts';
import type {Gpu} from '../hardware/gpus.ts';
import {Admission, type GpuSupply, type Limits} from './admission.ts';

const GPUS: readonly Gpu[] = ['a', 'b', 'c', 'd'].map((uuid, index) => ({
  index,
  uuid,
  minor: index,
  facts: {},
}));
const LIMITS: Limits = {jobs: 2, cpus: 4, memory: 1000, gpus: supplyOf(1)};

function supplyOf(count: number): GpuSupply {
  const all = GPUS.slice(0, count);
  return {count, groups: (wanted) => gpuGroups({all, link: () => 'NV18'}, wanted)};
}

function needs(some: Partial<Resources>): Resources {
  return {cpus: 1, memory: undefined, gpus: 0, time: undefined, ...some};
}

/** Who has been let in, in order; each with the door out. */
function doorkeeper(limits: Partial<Limits> = {}) {
  const admission = new Admission({...LIMITS, ...limits});
  const inside: string[] = [];
  const doors = new Map<string, () => void>();
  const given = new Map<string, string>();
  return {
    inside,
    given,
    async ask(name: string, resources: Resources): Promise<void> {
      void admission.enter(resources).then(({leave, gpus}) => {
        inside.push(name);
        given.set(name, gpus.map(({uuid}) => uuid).join(''));
        doors.set(name, leave);
      });
      await settled();
    },
    async leave(name: string): Promise<void> {
      doors.get(name)?.();
      inside.splice(inside.indexOf(name), 1);
      await settled();
    },
  };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

it('lets in as many as there are jobs, and the next one when one leaves', async () => {
  const door = doorkeeper();
  for (const name of ['a', 'b', 'c', 'd']) await door.ask(name, needs({}));
  expect(door.inside).toEqual(['a', 'b']);
  await door.leave('a');
  expect(door.inside).toEqual(['b', 'c']);
});

it.each([
  ['CPUs', {cpus: 3}],
  ['memory', {memory: 600}],
  ['GPUs', {gpus: 1}],
])('shares %s', async (_, resources) => {
  const door = doorkeeper();
  await door.ask('a', needs(resources));
  await door.ask('b', needs(resources));
  expect(door.inside).toEqual(['a']);
  await door.leave('a');
  expect(door.inside).toEqual(['b']);
});

it('lets a small one pass a large one that has to wait', async () => {
  const door = doorkeeper({jobs: 3});
  await door.ask('a', needs({cpus: 2}));
  await door.ask('large', needs({cpus: 4}));
  await door.ask('small', needs({cpus: 2}));
  expect(door.inside).toEqual(['a', 'small']);
});

it('lets in alone what wants more than there is', async () => {
  const door = doorkeeper();
  await door.ask('a', needs({}));
  await door.ask('giant', needs({cpus: 400, memory: 1e9}));
  await door.ask('b', needs({}));
  expect(door.inside).toEqual(['a', 'b']);
  await door.leave('a');
  await door.leave('b');
  expect(door.inside).toEqual(['giant']);
  await door.ask('c', needs({}));
  expect(door.inside).toEqual(['giant']);
});

it('gives each stage GPUs of its own, and those that came back to the next', async () => {
  const door = doorkeeper({jobs: 9, cpus: 9, gpus: supplyOf(4)});
  for (const [name, gpus] of [
    ['one', 1],
    ['pair', 2],
    ['two', 1],
    ['cpu', 0],
    ['three', 1],
  ] as const)
    await door.ask(name, needs({gpus}));
  expect(Object.fromEntries(door.given)).toEqual({one: 'a', pair: 'cd', two: 'b', cpu: ''});
  await door.leave('one');
  expect(door.given.get('three')).toBe('a');
});

it('does not keep those waiting who only wait for their turn', async () => {
  const door = doorkeeper({jobs: 9, cpus: 9, gpus: undefined});
  for (const name of ['a', 'b']) await door.ask(name, needs({gpus: 8}));
  expect(door.inside).toEqual(['a', 'b']);
});
