import type {HardwareFacts} from '../../schemas/hardware.ts';
import {askProgram} from '../executors/ask-program.ts';

const FIELDS = ['name', 'compute_cap', 'memory.total', 'driver_version', 'mig.mode.current'] as const;

/**
 * The GPUs of this machine as nvidia-smi describes them. The CUDA libraries' versions are pinned by the
 * environment's lock. An empty answer means no GPU: a stage that asks for one can't run here.
 */
export async function gpuFacts(path: string): Promise<HardwareFacts> {
  const query = await askProgram(
    'nvidia-smi',
    [`--query-gpu=${FIELDS.join(',')}`, '--format=csv,noheader'],
    path,
  );
  if (!query.ok) return {};
  const facts: Record<string, string> = {};
  for (const [index, line] of query.stdout.trim().split('\n').entries()) {
    for (const [i, value] of line.split(',').entries()) facts[`gpu.${index}.${FIELDS[i]}`] = value.trim();
  }
  return facts;
}
