import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {stripVTControlCharacters} from 'node:util';
import type {HardwareFacts} from '../../schemas/hardware.ts';
import {askProgram} from '../executors/ask-program.ts';

/** A GPU of this machine: how it is addressed here, which is in no key, and the facts that are in its class. */
export interface Gpu {
  /** As nvidia-smi numbers them, in the order of the PCI bus. */
  readonly index: number;
  /** The name by which CUDA knows it, whatever else can be seen. */
  readonly uuid: string;
  /** N of its device file /dev/nvidiaN; undefined where the driver doesn't say, and then all of them are shown. */
  readonly minor: number | undefined;
  readonly facts: HardwareFacts;
}

export interface MachineGpus {
  readonly all: readonly Gpu[];
  /** How two of them are connected, by index: NV18, PIX, SYS, as `nvidia-smi topo -m` says it. */
  link(a: Gpu, b: Gpu): string;
}

export const NO_GPUS: MachineGpus = {all: [], link: () => 'unknown'};

/** Asked of each GPU. The first three say where it is, the others what it is. */
const ADDRESS = ['index', 'uuid', 'pci.bus_id'] as const;
const FACTS = [
  ...['name', 'compute_cap', 'memory.total', 'driver_version', 'mig.mode.current'],
  ...['pci.device_id', 'pci.sub_device_id', 'ecc.mode.current'],
] as const;

export interface GpuQuestion {
  readonly path: string;
  /** Of the user: a GPU that CUDA_VISIBLE_DEVICES leaves out, as Slurm does, is not this run's. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly proc?: string;
}

/** The GPUs that this run may use. None where there is no nvidia-smi: a stage that asks for one can't run here. */
export async function readGpus({path, variables, proc = '/proc'}: GpuQuestion): Promise<MachineGpus> {
  const query = [...ADDRESS, ...FACTS].join(',');
  const told = await askProgram('nvidia-smi', [`--query-gpu=${query}`, '--format=csv,noheader'], path);
  if (!told.ok) return NO_GPUS;
  const all = told.stdout
    .trim()
    .split('\n')
    .flatMap((line) => gpuOf(line, proc));
  const visible = visibleOf(all, variables.CUDA_VISIBLE_DEVICES);
  const topology = visible.length > 1 ? await askProgram('nvidia-smi', ['topo', '-m'], path) : undefined;
  return {all: visible, link: linksIn(topology?.ok === true ? topology.stdout : '')};
}

function gpuOf(line: string, proc: string): readonly Gpu[] {
  const words = line.split(',').map((word) => word.trim());
  const [index, uuid, bus] = words;
  if (words.length !== ADDRESS.length + FACTS.length || uuid === undefined || bus === undefined) return [];
  const facts = Object.fromEntries(FACTS.map((name, i) => [name, words[ADDRESS.length + i] ?? '']));
  return [{index: Number(index), uuid, minor: minorOf(bus, proc), facts}];
}

/** nvidia-smi writes the PCI domain with eight digits, the kernel with four. */
function minorOf(bus: string, proc: string): number | undefined {
  const address = bus.toLowerCase().replace(/^0000([0-9a-f]{4}:)/, '$1');
  try {
    const text = readFileSync(join(proc, 'driver/nvidia/gpus', address, 'information'), 'utf8');
    const found = /^Device Minor:\s*(\d+)\s*$/m.exec(text)?.[1];
    return found === undefined ? undefined : Number(found);
  } catch {
    return undefined;
  }
}

/** By CUDA's own rule: indices or beginnings of UUIDs, in that order, up to the first that names none. */
function visibleOf(all: readonly Gpu[], wanted: string | undefined): readonly Gpu[] {
  if (wanted === undefined) return all;
  const visible: Gpu[] = [];
  for (const word of wanted.split(',').map((each) => each.trim())) {
    const gpu = all.find(
      ({index, uuid}) => String(index) === word || (word.length > 4 && uuid.startsWith(word)),
    );
    if (gpu === undefined || visible.includes(gpu)) break;
    visible.push(gpu);
  }
  return visible.sort((a, b) => a.index - b.index);
}

/** `nvidia-smi topo -m` prints a matrix, a line and a column for each GPU. */
function linksIn(topology: string): MachineGpus['link'] {
  const rows = stripVTControlCharacters(topology)
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
  const columns = rows.find(([first, second]) => first === 'GPU0' && second === 'GPU1') ?? [];
  return (a, b) => {
    const column = columns.indexOf(`GPU${b.index}`);
    const row = rows.find((words) => words !== columns && words[0] === `GPU${a.index}`);
    return (column < 0 ? undefined : row?.[column + 1]) ?? 'unknown';
  };
}
