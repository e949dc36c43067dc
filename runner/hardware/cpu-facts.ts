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
 * What of the CPU decides the bits: vendor (MKL chooses its code by it) and instruction-set level. Threads are
 * in the key, and the determinism contract caps what torch, oneDNN, MKL and OpenBLAS may use.
 */
export function cpuFacts(cpu: CpuDescription, libc: string): HardwareFacts {
  return {'cpu.architecture': cpu.architecture, 'cpu.vendor': cpu.vendor, 'cpu.level': cpu.level, libc};
}

/**
 * The class of a stage that keeps to what all CPUs from x86-64-v3 on have in common. A CPU below that is what it is:
 * the contract's AVX2 code can't run there.
 */
export function portableFacts(facts: HardwareFacts): HardwareFacts {
  const {'cpu.vendor': _, 'cpu.level': level = 'unknown', ...rest} = facts;
  return level === 'x86-64-v3' || level === 'x86-64-v4'
    ? {...rest, 'cpu.level': 'x86-64-v3 (portable)'}
    : facts;
}

/** `cpuinfo` is the text of /proc/cpuinfo; on other systems nothing of it is known. */
export function describeCpu(architecture: string, cpuinfo: string): CpuDescription {
  const flags = new Set(/^flags\s*:\s*(.*)$/m.exec(cpuinfo)?.[1]?.split(' ') ?? []);
  return {
    architecture,
    vendor: /^vendor_id\s*:\s*(.*)$/m.exec(cpuinfo)?.[1]?.trim() ?? 'unknown',
    level: levelOf(flags),
  };
}

/** As it is: the contract caps torch, oneDNN and MKL at AVX2, but not numpy, which uses all there is. */
function levelOf(flags: ReadonlySet<string>): string {
  return LEVELS.find(([, wanted]) => wanted.every((flag) => flags.has(flag)))?.[0] ?? 'unknown';
}

export function readCpuinfo(): string {
  try {
    return readFileSync('/proc/cpuinfo', 'utf8');
  } catch {
    return '';
  }
}
