import {readFileSync} from 'node:fs';
import type {HardwareFacts} from '../../schemas/hardware.ts';

/** Instruction-set levels of the x86-64 psABI, highest first, with the flags that each adds. */
const LEVELS = [
  ['x86-64-v4', ['avx512f', 'avx512bw', 'avx512cd', 'avx512dq', 'avx512vl']],
  ['x86-64-v3', ['avx', 'avx2', 'bmi1', 'bmi2', 'f16c', 'fma', 'movbe']],
  ['x86-64-v2', ['cx16', 'popcnt', 'sse4_1', 'sse4_2', 'ssse3']],
] as const;

export interface CpuDescription {
  readonly architecture: string;
  readonly vendor: string;
  readonly level: string;
}

/**
 * What of the CPU decides the bits, given that the determinism contract caps the instruction set:
 * vendor (MKL chooses its code by it) and level, no higher than the cap. Threads are in the key.
 */
export function cpuFacts(cpu: CpuDescription, libc: string): HardwareFacts {
  return {'cpu.architecture': cpu.architecture, 'cpu.vendor': cpu.vendor, 'cpu.level': cpu.level, libc};
}

/** `cpuinfo` is the text of /proc/cpuinfo; on other systems nothing of it is known. */
export function describeCpu(architecture: string, cpuinfo: string): CpuDescription {
  const flags = new Set(/^flags\s*:\s*(.*)$/m.exec(cpuinfo)?.[1]?.split(' ') ?? []);
  return {
    architecture,
    vendor: /^vendor_id\s*:\s*(.*)$/m.exec(cpuinfo)?.[1]?.trim() ?? 'unknown',
    level: cappedLevel(flags),
  };
}

/** The contract pins AVX2 code everywhere, so a CPU with AVX-512 counts as v3: it runs the same code. */
function cappedLevel(flags: ReadonlySet<string>): string {
  const has = (wanted: readonly string[]) => wanted.every((flag) => flags.has(flag));
  const level = LEVELS.find(([, wanted]) => has(wanted))?.[0] ?? 'unknown';
  return level === 'x86-64-v4' ? 'x86-64-v3' : level;
}

export function readCpuinfo(): string {
  try {
    return readFileSync('/proc/cpuinfo', 'utf8');
  } catch {
    return '';
  }
}
