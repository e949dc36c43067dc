import {describe, expect, it} from 'vitest';
import {callFilter} from './call-filter.ts';

const X64 = 0xc000003e;
const ARM64 = 0xc00000b7;
const I386 = 0x40000003;

interface Call {
  readonly arch: number;
  readonly call: number;
  readonly args?: readonly number[];
}

/** What the kernel would do with the program: a small reading of its packet filter. */
function judge(filter: Buffer, {arch, call, args = []}: Call): string {
  const data = new Map<number, number>([
    [0, call],
    [4, arch],
    ...args.map((value, i) => [16 + 8 * i, value] as const),
  ]);
  let loaded = 0;
  for (let at = 0; at * 8 < filter.length; at++) {
    const code = filter.readUInt16LE(at * 8);
    const [yes, no] = [filter.readUInt8(at * 8 + 2), filter.readUInt8(at * 8 + 3)];
    const constant = filter.readUInt32LE(at * 8 + 4);
    if (code === 0x20) loaded = (data.get(constant) ?? 0) >>> 0;
    else if (code === 0x06) return constant === 0x7fff0000 ? 'allow' : `errno ${constant & 0xffff}`;
    else if (code === 0x05) at += constant;
    else if (code === 0x15) at += loaded === constant ? yes : no;
    else if (code === 0x35) at += loaded >= constant ? yes : no;
    else if (code === 0x45) at += (loaded & constant) !== 0 ? yes : no;
    else throw new Error(`instruction ${code}`);
  }
  throw new Error('it ran off its end');
}

const x64 = callFilter('x64') ?? Buffer.alloc(0);
const arm64 = callFilter('arm64') ?? Buffer.alloc(0);

describe('the filter of system calls', () => {
  it.each([
    ['keyctl', 250, 219],
    ['add_key', 248, 217],
    ['request_key', 249, 218],
    ['bpf', 321, 280],
    ['perf_event_open', 298, 241],
    ['userfaultfd', 323, 282],
    ['process_vm_writev', 311, 271],
    ['pidfd_getfd', 438, 438],
    ['mount', 165, 40],
    ['umount2', 166, 39],
    ['fsopen', 430, 430],
    ['setns', 308, 268],
    ['open_by_handle_at', 304, 265],
    ['kexec_load', 246, 104],
    ['reboot', 169, 142],
  ])('refuses %s', (_, onX64, onArm64) => {
    expect(judge(x64, {arch: X64, call: onX64})).toBe('errno 1');
    expect(judge(arm64, {arch: ARM64, call: onArm64})).toBe('errno 1');
  });

  it('knows nothing of clone3 and io_uring, so that programs go the way that can be looked at', () => {
    for (const call of [435, 425, 426, 427]) {
      expect(judge(x64, {arch: X64, call})).toBe('errno 38');
      expect(judge(arm64, {arch: ARM64, call})).toBe('errno 38');
    }
  });

  it('lets nobody make users of its own, and everybody threads and processes', () => {
    const [threads, user] = [0x003d0f00, 0x10000011];
    expect(judge(x64, {arch: X64, call: 56, args: [threads]})).toBe('allow');
    expect(judge(x64, {arch: X64, call: 56, args: [17]})).toBe('allow');
    expect(judge(x64, {arch: X64, call: 56, args: [user]})).toBe('errno 1');
    expect(judge(x64, {arch: X64, call: 272, args: [0x10000000]})).toBe('errno 1');
    expect(judge(x64, {arch: X64, call: 272, args: [0x400]})).toBe('allow');
    expect(judge(arm64, {arch: ARM64, call: 220, args: [user]})).toBe('errno 1');
  });

  it('lets nobody type into a terminal', () => {
    expect(judge(x64, {arch: X64, call: 16, args: [0, 0x5412]})).toBe('errno 1');
    expect(judge(x64, {arch: X64, call: 16, args: [0, 0x541c]})).toBe('errno 1');
    expect(judge(x64, {arch: X64, call: 16, args: [0, 0x5401]})).toBe('allow');
  });

  it.each([
    ['unix', 1, 'allow'],
    ['IPv4', 2, 'allow'],
    ['IPv6', 10, 'allow'],
    ['netlink', 16, 'allow'],
    ['packet', 17, 'errno 97'],
    ['crypto', 38, 'errno 97'],
    ['the hypervisor', 40, 'errno 97'],
    ['none', 0, 'errno 97'],
  ])('sockets of %s', (_, family, answer) => {
    expect(judge(x64, {arch: X64, call: 41, args: [family]})).toBe(answer);
    expect(judge(arm64, {arch: ARM64, call: 198, args: [family]})).toBe(answer);
  });

  it.each([
    ['stop it', 16, 1, 'allow'],
    ['let it go on', 17, 1, 'allow'],
    ['write its memory', 5, 1, 'errno 1'],
    ['set its registers', 13, 1, 'errno 1'],
    ['follow it', 0x4206, 1, 'errno 1'],
    ['write the memory of a process of its own', 5, 7, 'allow'],
  ])('a stage may ask of init to %s: request %i of process %i', (_, request, pid, answer) => {
    expect(judge(x64, {arch: X64, call: 101, args: [request, pid]})).toBe(answer);
    expect(judge(arm64, {arch: ARM64, call: 117, args: [request, pid]})).toBe(answer);
  });

  it('is not gone round by the calls of another machine', () => {
    expect(judge(x64, {arch: I386, call: 288})).toBe('errno 38');
    expect(judge(x64, {arch: X64, call: 0x40000000 + 250})).toBe('errno 38');
    expect(judge(arm64, {arch: 0x40000028, call: 311})).toBe('errno 38');
  });

  it('lets through what it does not name', () => {
    // read, write, mmap, futex, ptrace (debuggers), sched_setaffinity, a call of tomorrow
    for (const call of [0, 1, 9, 202, 101, 203, 500]) expect(judge(x64, {arch: X64, call})).toBe('allow');
  });

  it('is none for a machine whose calls nobody wrote down', () => {
    expect(callFilter('riscv64')).toBeUndefined();
  });
});
