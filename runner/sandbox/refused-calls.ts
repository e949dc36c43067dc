/** Where the kernel differs for a machine: its audit number, and the numbers of its calls. */
export interface CallTable {
  readonly arch: number;
  /** Numbers from here on are another calling convention's (x32), by which a filter could be gone round. */
  readonly foreignFrom: number | undefined;
  readonly number: (name: CallName) => number | undefined;
}

/** [x86-64, aarch64]; undefined where there is no such call. From the kernel's own tables, which never change. */
const NUMBERS = {
  // Keys are the user's, whatever namespace asks.
  add_key: [248, 217],
  request_key: [249, 218],
  keyctl: [250, 219],
  // Memory and descriptors of other processes. Not ptrace, which sanitizers and debuggers need: by its arguments.
  process_vm_readv: [310, 270],
  process_vm_writev: [311, 271],
  kcmp: [312, 272],
  pidfd_getfd: [438, 438],
  // More of the kernel than a program needs that computes.
  bpf: [321, 280],
  perf_event_open: [298, 241],
  userfaultfd: [323, 282],
  fanotify_init: [300, 262],
  open_by_handle_at: [304, 265],
  syslog: [103, 116],
  acct: [163, 89],
  quotactl: [179, 60],
  quotactl_fd: [443, 443],
  vhangup: [153, 58],
  modify_ldt: [154, undefined],
  iopl: [172, undefined],
  ioperm: [173, undefined],
  // The machine itself.
  kexec_load: [246, 104],
  kexec_file_load: [320, 294],
  init_module: [175, 105],
  finit_module: [313, 273],
  delete_module: [176, 106],
  reboot: [169, 142],
  swapon: [167, 224],
  swapoff: [168, 225],
  // Mounts and namespaces, so that nothing here is undone in a new one.
  mount: [165, 40],
  umount2: [166, 39],
  pivot_root: [155, 41],
  chroot: [161, 51],
  setns: [308, 268],
  open_tree: [428, 428],
  move_mount: [429, 429],
  fsopen: [430, 430],
  fsconfig: [431, 431],
  fsmount: [432, 432],
  fspick: [433, 433],
  mount_setattr: [442, 442],
  open_tree_attr: [467, 467],
  // Its arguments lie where a filter can't look; the C library goes on with clone.
  clone3: [435, 435],
  // Does by itself what calls do, out of a filter's sight.
  io_uring_setup: [425, 425],
  io_uring_enter: [426, 426],
  io_uring_register: [427, 427],
  // Refused by an argument.
  clone: [56, 220],
  unshare: [272, 97],
  ioctl: [16, 29],
  socket: [41, 198],
  ptrace: [101, 117],
} as const satisfies Readonly<Record<string, readonly [number, number | undefined]>>;

export type CallName = keyof typeof NUMBERS;

const ARGUMENT: ReadonlySet<CallName> = new Set(['clone', 'unshare', 'ioctl', 'socket', 'ptrace']);

/** As if this kernel were an older one: programs have another way then. */
const UNKNOWN: ReadonlySet<CallName> = new Set([
  'clone3',
  'io_uring_setup',
  'io_uring_enter',
  'io_uring_register',
]);

const NAMES = Object.keys(NUMBERS) as readonly CallName[];

export const UNKNOWN_CALLS = NAMES.filter((name) => UNKNOWN.has(name));
export const FORBIDDEN_CALLS = NAMES.filter((name) => !UNKNOWN.has(name) && !ARGUMENT.has(name));

/** `machine` in Node's words; undefined for one whose numbers we don't have. */
export function callTable(machine: string): CallTable | undefined {
  if (machine === 'x64')
    return {arch: 0xc000003e, foreignFrom: 0x40000000, number: (name) => NUMBERS[name][0]};
  if (machine === 'arm64')
    return {arch: 0xc00000b7, foreignFrom: undefined, number: (name) => NUMBERS[name][1]};
  return undefined;
}
