import {chmodSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';

/** Four GPUs as `nvidia-smi topo -m` prints them: the first two by NVLink, the others over the CPUs. */
export const NVLINKED = [
  '\t\u001b[4mGPU0\tGPU1\tGPU2\tGPU3\tNIC0\tCPU Affinity\tNUMA Affinity\u001b[0m',
  'GPU0\t X \tNV18\tSYS\tSYS\tPIX\t0-55\t0',
  'GPU1\tNV18\t X \tSYS\tSYS\tSYS\t0-55\t0',
  'GPU2\tSYS\tSYS\t X \tPIX\tSYS\t56-111\t1',
  'GPU3\tSYS\tSYS\tPIX\t X \tSYS\t56-111\t1',
  'NIC0\tPIX\tSYS\tSYS\tSYS\t X ',
].join('\n');

/** A line of its answer to what gpus.ts asks. */
export function gpuLine(index: number, name: string): string {
  const bus = `00000000:${(16 + index).toString(16)}:00.0`;
  const uuid = `GPU-0000000${index}-aaaa`;
  const facts = ['9.0', '81559 MiB', '550.54.15', 'Disabled', '0x233010DE', '0x16C110DE', 'Enabled'];
  return [index, uuid, bus, name, ...facts].join(', ');
}

/** A program of its name that prints these lines: for a machine that has no such GPUs. */
export function fakeNvidiaSmi(folder: string, lines: readonly string[], topology = ''): void {
  writeFileSync(join(folder, 'nvidia-smi.txt'), lines.map((line) => `${line}\n`).join(''));
  writeFileSync(join(folder, 'topology.txt'), topology);
  const script = `#!/bin/sh\ncase "$1" in topo) exec /bin/cat '${folder}/topology.txt';; *) exec /bin/cat '${folder}/nvidia-smi.txt';; esac\n`;
  writeFileSync(join(folder, 'nvidia-smi'), script);
  chmodSync(join(folder, 'nvidia-smi'), 0o755);
}
