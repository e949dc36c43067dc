import {mkdirSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {temporaryDirectory} from '../../artifacts/testing/temporary-directory.ts';
import {gpuFacts, gpuGroups} from './gpu-groups.ts';
import {type Gpu, readGpus} from './gpus.ts';
import {fakeNvidiaSmi, gpuLine, NVLINKED} from './testing/fake-nvidia-smi.ts';

const H100 = 'NVIDIA H100 80GB HBM3';

function read(lines: readonly string[], variables: Readonly<Record<string, string>> = {}, topology = '') {
  const path = temporaryDirectory();
  fakeNvidiaSmi(path, lines, topology);
  return readGpus({path, variables, proc: join(path, 'proc')});
}

describe('the GPUs of a machine', () => {
  it('are what nvidia-smi says they are, with the device file that the driver names', async () => {
    const path = temporaryDirectory();
    fakeNvidiaSmi(path, [gpuLine(0, H100)]);
    const told = join(path, 'proc/driver/nvidia/gpus/0000:10:00.0/information');
    mkdirSync(dirname(told), {recursive: true});
    writeFileSync(told, `Model: \t\t ${H100}\nDevice Minor: \t 5\n`);
    const {all} = await readGpus({path, variables: {}, proc: join(path, 'proc')});
    expect(all).toEqual([
      {
        index: 0,
        uuid: 'GPU-00000000-aaaa',
        minor: 5,
        facts: {
          name: H100,
          compute_cap: '9.0',
          'memory.total': '81559 MiB',
          driver_version: '550.54.15',
          'mig.mode.current': 'Disabled',
          'pci.device_id': '0x233010DE',
          'pci.sub_device_id': '0x16C110DE',
          'ecc.mode.current': 'Enabled',
        },
      },
    ]);
  });

  it('are none where nvidia-smi is not, fails, or says something else', async () => {
    expect((await readGpus({path: temporaryDirectory(), variables: {}})).all).toEqual([]);
    expect((await read(['No devices were found'])).all).toEqual([]);
  });

  it.each([
    ['1', ['1']],
    ['1,0', ['0', '1']],
    ['GPU-00000002', ['2']],
    ['', []],
    ['-1', []],
    // CUDA takes those before the first that there is none of.
    ['2,9,0', ['2']],
  ])('are those that CUDA_VISIBLE_DEVICES=%s leaves to us', async (wanted, indices) => {
    const {all} = await read(
      [0, 1, 2].map((index) => gpuLine(index, H100)),
      {CUDA_VISIBLE_DEVICES: wanted},
    );
    expect(all.map(({index}) => String(index))).toEqual(indices);
  });
});

describe('what a stage is given', () => {
  const indices = (groups: readonly (readonly Gpu[])[]) =>
    groups.map((group) => group.map(({index}) => index));

  it('is of one kind, whatever else there is: the class of one of eight is that of one alone', async () => {
    const mixed = await read([gpuLine(0, 'NVIDIA T400'), ...[1, 2, 3].map((index) => gpuLine(index, H100))]);
    expect(indices(gpuGroups(mixed, 1))).toEqual([[0]]);
    expect(indices(gpuGroups(mixed, 2))).toEqual([[1, 2]]);
    expect(indices(gpuGroups(mixed, 3))).toEqual([[1, 2, 3]]);
    // No kind has as many: all of the machine's, as they are.
    expect(indices(gpuGroups(mixed, 4))).toEqual([[0, 1, 2, 3]]);
    expect(gpuGroups(mixed, 5)).toEqual([]);
    const [alone, eight] = [
      await read([gpuLine(0, H100)]),
      await read(Array.from({length: 8}, (_, i) => gpuLine(i, H100))),
    ];
    expect(gpuFacts(eight, 1)).toEqual(gpuFacts(alone, 1));
    expect(gpuFacts(eight, 1)['gpu.0.name']).toBe(H100);
    expect(indices(gpuGroups(eight, 1))).toHaveLength(8);
  });

  it('is connected alike: neighbours with other links are another class', async () => {
    const four = await read(
      [0, 1, 2, 3].map((index) => gpuLine(index, H100)),
      {},
      NVLINKED,
    );
    expect(gpuFacts(four, 2)['gpu.links']).toBe('0-1 NV18');
    expect(indices(gpuGroups(four, 2))).toEqual([[0, 1]]);
    expect(gpuFacts(four, 1)).not.toHaveProperty('gpu.links');
    expect(gpuFacts(four, 3)['gpu.links']).toBe('0-1 NV18, 0-2 SYS, 1-2 SYS');
    const untold = await read([0, 1].map((index) => gpuLine(index, H100)));
    expect(gpuFacts(untold, 2)['gpu.links']).toBe('0-1 unknown');
  });
});
