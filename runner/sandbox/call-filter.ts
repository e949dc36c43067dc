import {type CallName, type CallTable, callTable, FORBIDDEN_CALLS, UNKNOWN_CALLS} from './refused-calls.ts';

/** One instruction of the kernel's packet filter: code, two jumps forward, a constant. */
type Instruction = readonly [code: number, yes: number, no: number, constant: number];

const LOAD = 0x20;
const IF_EQUAL = 0x15;
const IF_AT_LEAST = 0x35;
const IF_ANY_BIT = 0x45;
const JUMP = 0x05;
const RETURN = 0x06;

const ALLOW = 0x7fff0000;
const ERRNO = 0x00050000;
const EPERM = 1;
const ENOSYS = 38;
const EAFNOSUPPORT = 97;

/** Where the kernel puts what is asked: the call's number, the machine, the low half of an argument. */
const CALL = 0;
const MACHINE = 4;
const argument = (at: number) => 16 + 8 * at;

const CLONE_NEWUSER = 0x10000000;
/** Words put into a terminal as if they had been typed there. */
const TIOCSTI = 0x5412;
const TIOCLINUX = 0x541c;
/** Unix, IPv4, IPv6, netlink (which lists interfaces). Others lead to the hypervisor, to devices, into old code. */
const FAMILIES = [1, 2, 10, 16];
/** Bubblewrap's, in the sandbox's own numbers. */
const INIT = 1;
/**
 * CONT, ATTACH, DETACH: all that may be asked of init. With its registers and memory it could be made to forget that it
 * dies with its parent, and to tell another end than the stage's.
 */
const OF_INIT = [7, 16, 17];

/**
 * The system calls that a stage may not make, as `bwrap --seccomp` reads them. It lists what is refused, not what is
 * allowed: programs that compute use calls that nobody can foresee, and namespaces, mounts and dropped capabilities
 * already hold. Undefined for a machine whose calls we have no numbers of.
 */
export function callFilter(machine: string): Buffer | undefined {
  const table = callTable(machine);
  return table === undefined ? undefined : encode(program(table));
}

function program(table: CallTable): readonly Instruction[] {
  return [
    [LOAD, 0, 0, MACHINE],
    [IF_EQUAL, 1, 0, table.arch],
    refuse(ENOSYS),
    [LOAD, 0, 0, CALL],
    ...(table.foreignFrom === undefined
      ? []
      : [[IF_AT_LEAST, 0, 1, table.foreignFrom] as const, refuse(ENOSYS)]),
    ...refuseAll(FORBIDDEN_CALLS, EPERM, table),
    ...refuseAll(UNKNOWN_CALLS, ENOSYS, table),
    ...byArgument('clone', 0, [[IF_ANY_BIT, 0, 1, CLONE_NEWUSER], refuse(EPERM)], table),
    ...byArgument('unshare', 0, [[IF_ANY_BIT, 0, 1, CLONE_NEWUSER], refuse(EPERM)], table),
    ...byArgument('ioctl', 1, oneOf([TIOCSTI, TIOCLINUX], refuse(EPERM)), table),
    ...byArgument('socket', 0, noneOf(FAMILIES, refuse(EAFNOSUPPORT)), table),
    ...byArgument('ptrace', 1, onlyIf(INIT, 0, noneOf(OF_INIT, refuse(EPERM))), table),
    [RETURN, 0, 0, ALLOW],
  ];
}

function refuse(errno: number): Instruction {
  return [RETURN, 0, 0, ERRNO | errno];
}

function refuseAll(names: readonly CallName[], errno: number, table: CallTable): readonly Instruction[] {
  return oneOf(
    names.flatMap((name) => table.number(name) ?? []),
    refuse(errno),
  );
}

/** `then` when what is loaded is one of these. */
function oneOf(numbers: readonly number[], then: Instruction): readonly Instruction[] {
  const last = numbers.length;
  return [...numbers.map((number, i) => [IF_EQUAL, last - i, 0, number] as const), [JUMP, 0, 0, 1], then];
}

function noneOf(numbers: readonly number[], then: Instruction): readonly Instruction[] {
  const last = numbers.length;
  return [...numbers.map((number, i) => [IF_EQUAL, last - i, 0, number] as const), then];
}

/** When what is loaded is this, looks at another argument. */
function onlyIf(value: number, at: number, look: readonly Instruction[]): readonly Instruction[] {
  return [[IF_EQUAL, 0, look.length + 1, value], [LOAD, 0, 0, argument(at)], ...look];
}

/** Looks at an argument of one call, and loads the call's number again for what follows. */
function byArgument(
  name: CallName,
  at: number,
  look: readonly Instruction[],
  table: CallTable,
): readonly Instruction[] {
  const number = table.number(name);
  if (number === undefined) return [];
  return [[IF_EQUAL, 0, look.length + 2, number], [LOAD, 0, 0, argument(at)], ...look, [LOAD, 0, 0, CALL]];
}

function encode(instructions: readonly Instruction[]): Buffer {
  const bytes = Buffer.alloc(instructions.length * 8);
  instructions.forEach(([code, yes, no, constant], i) => {
    bytes.writeUInt16LE(code, i * 8);
    bytes.writeUInt8(yes, i * 8 + 2);
    bytes.writeUInt8(no, i * 8 + 3);
    bytes.writeUInt32LE(constant >>> 0, i * 8 + 4);
  });
  return bytes;
}
