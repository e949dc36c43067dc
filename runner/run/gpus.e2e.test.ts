import {execFileSync} from 'node:child_process';
import {join} from 'node:path';
import {expect, it} from 'vitest';
import type {RunRecord2} from '../../schemas/run-record.ts';
import {fakeNvidiaSmi, gpuLine} from '../hardware/testing/fake-nvidia-smi.ts';
import {statesOf} from '../testing/events.ts';
import {shell} from '../testing/pipeline-text.ts';
import {openRig, type Rig} from '../testing/rig.ts';

const ONE = {cpus: 1, gpus: 1};

/** The fake is of `nvidia-smi` alone: which GPUs there are is ours to know, and what they compute nobody's here. */
async function machineWith(count: number): Promise<Rig> {
  const rig = await openRig();
  const gpus = Array.from({length: count}, (_, index) => gpuLine(index, 'NVIDIA H100 80GB HBM3'));
  fakeNvidiaSmi(rig.root, gpus);
  return rig;
}

function run(rig: Rig, ...flags: readonly string[]) {
  const PATH = `${rig.root}:${process.env.PATH ?? ''}`;
  return rig.repro(['run', 'p.yaml', '--json', '-j2', ...flags], {variables: {PATH}});
}

const SAYS = 'echo "gpu $CUDA_VISIBLE_DEVICES of $CUDA_DEVICE_ORDER"; echo done > outputs/out';

it('two stages of one GPU each run side by side on a machine of two, each on its own', async () => {
  await using rig = await machineWith(2);
  const meeting = join(rig.root, 'meeting');
  execFileSync('mkfifo', [meeting]);
  // Opening a FIFO waits until somebody opens its other end: each goes on only while the other runs.
  rig.pipeline({
    a: shell(`timeout 100 sh -c ': > ${meeting}' || exit 1; ${SAYS}`, {resources: ONE}),
    b: shell(`timeout 100 sh -c ': < ${meeting}' || exit 1; ${SAYS}`, {resources: ONE}),
  });
  expect(statesOf(await run(rig, '--sandbox', 'none'))).toEqual({a: 'executed', b: 'executed'});
  const said = [rig.log('a'), rig.log('b')].map((log) => /gpu (\S+) of PCI_BUS_ID/.exec(log)?.[1]);
  expect(said.sort()).toEqual(['GPU-00000000-aaaa', 'GPU-00000001-aaaa']);
  // Which of equal GPUs it was is in no key and no class: the other one would have given the same.
  const {stdout} = await rig.repro(['show', '--json']);
  const [a, b] = (JSON.parse(stdout) as RunRecord2).stages.map((stage) =>
    'receipt' in stage ? stage.receipt : undefined,
  );
  expect(a?.hardware.facts['gpu.0.name']).toBe('NVIDIA H100 80GB HBM3');
  expect(a?.hardware).toEqual(b?.hardware);
  expect(stdout).not.toContain('GPU-0000000');
});

it('on a machine of one they take turns, and one that asks for none sees none', async () => {
  await using rig = await machineWith(1);
  const plain = shell(`: ; ${SAYS}`);
  rig.pipeline({a: shell(SAYS, {resources: ONE}), b: shell(`true; ${SAYS}`, {resources: ONE}), c: plain});
  expect(statesOf(await run(rig))).toEqual({a: 'executed', b: 'executed', c: 'executed'});
  expect(['a', 'b', 'c'].map((stage) => rig.log(stage).trim())).toEqual([
    'gpu GPU-00000000-aaaa of PCI_BUS_ID',
    'gpu GPU-00000000-aaaa of PCI_BUS_ID',
    'gpu  of PCI_BUS_ID',
  ]);
});

it('more than there are is refused in words, and a stage may not choose by itself', async () => {
  await using rig = await machineWith(1);
  rig.pipeline({a: shell(SAYS, {resources: {cpus: 1, gpus: 2}})});
  const refused = await run(rig);
  expect(refused.code).toBe(1);
  expect(refused.stdout).toContain('"code":"too-few-gpus","needed":2,"found":1');
  rig.pipeline({a: shell(SAYS, {variables: {CUDA_VISIBLE_DEVICES: '0'}})});
  const bad = await run(rig);
  expect(bad.code).toBe(2);
  expect(bad.stdout + bad.stderr).toContain('`CUDA_VISIBLE_DEVICES` is set by repro itself');
});
