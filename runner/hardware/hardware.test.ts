import {describe, expect, it} from 'vitest';
import {cpuFacts, describeCpu, portableFacts} from './cpu-facts.ts';
import {hardwareClass} from './hardware-class.ts';

const V2 = 'cx16 popcnt sse4_1 sse4_2 ssse3';
const V3 = `${V2} avx avx2 bmi1 bmi2 f16c fma movbe`;
const V4 = `${V3} avx512f avx512bw avx512cd avx512dq avx512vl`;

function levelOf(flags: string): string {
  return describeCpu(
    'x64',
    `processor\t: 0\nvendor_id\t: GenuineIntel\nflags\t\t: fpu ${flags}\nflags\t\t: other\n`,
  ).level;
}

describe('a CPU', () => {
  it('is known by its instruction-set level', () => {
    expect([levelOf(V4), levelOf(V3), levelOf(V2), levelOf('sse2')]).toEqual([
      'x86-64-v4',
      'x86-64-v3',
      'x86-64-v2',
      'unknown',
    ]);
    expect(levelOf(V3.replace('fma', ''))).toBe('x86-64-v2');
  });

  it('may be taken for any from x86-64-v3 on, where a stage keeps to that', () => {
    const facts = (vendor: string, level: string) =>
      portableFacts(cpuFacts({architecture: 'x64', vendor, level}, 'glibc 2.36'));
    expect(facts('GenuineIntel', 'x86-64-v3')).toEqual(facts('AuthenticAMD', 'x86-64-v4'));
    expect(facts('GenuineIntel', 'x86-64-v2')).not.toEqual(facts('GenuineIntel', 'x86-64-v3'));
    expect(facts('GenuineIntel', 'x86-64-v2')['cpu.vendor']).toBe('GenuineIntel');
  });

  it('of which nothing is known is of a class of its own', () => {
    expect(describeCpu('arm64', '')).toEqual({architecture: 'arm64', vendor: 'unknown', level: 'unknown'});
  });
});

describe('a class of hardware', () => {
  it('is its facts, in whatever order', () => {
    const facts = cpuFacts(describeCpu('x64', ''), 'glibc 2.36');
    const reversed = Object.fromEntries(Object.entries(facts).reverse());
    expect(hardwareClass(reversed).digest).toBe(hardwareClass(facts).digest);
    expect(hardwareClass({...facts, libc: 'glibc 2.37'}).digest).not.toBe(hardwareClass(facts).digest);
  });
});
