import {accessSync, constants} from 'node:fs';
import {arch} from 'node:os';
import type {JobExit} from '../executors/executor.ts';
import {callFilter} from './call-filter.ts';
import type {Confinement, GpuDevice, Sandbox, WayOut} from './sandbox.ts';

/** Every stage sees its scratch directory here, whoever runs it and wherever. */
const WORKING_DIRECTORY = '/repro';
const ENVIRONMENT_DIRECTORY = '/environment';

/** Of the system, as far as it exists: programs, their libraries, and what the dynamic linker needs. */
const SYSTEM = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/etc/ld.so.cache', '/etc/alternatives'];
/** Whose certificates are believed. Names are looked up by the proxy. */
const NETWORK = ['/etc/ssl', '/etc/ca-certificates', '/etc/pki'];

/** As executors/local/guard.py opens them: the filter of system calls to read, and bubblewrap's state to write. */
const FILTER_DESCRIPTOR = '3';
const STATE_DESCRIPTOR = '4';

/** What of this machine decides the command line. */
export interface SandboxHost {
  /** In Node's words: `x64`. */
  readonly arch: string;
  readonly isReadable: (path: string) => boolean;
}

const HERE: SandboxHost = {
  arch: arch(),
  isReadable(path) {
    try {
      accessSync(path, constants.R_OK);
      return true;
    } catch {
      return false;
    }
  },
};

/**
 * Confines with bubblewrap: own namespaces for everything, no capabilities, no network, no home, the
 * declared environment only, no system call that leads out (call-filter.ts). The stage and all it started die with
 * the process that started bubblewrap.
 */
export function bubblewrap(program: string, machine: SandboxHost = HERE): Sandbox {
  const filter = callFilter(machine.arch)?.toString('base64');
  const kernel = kernelMounts(machine);
  return {
    name: 'bubblewrap',
    workingDirectory: () => WORKING_DIRECTORY,
    environmentDirectory: () => ENVIRONMENT_DIRECTORY,
    confine(argv, environment, confinement) {
      const {network} = confinement;
      const variables = network === undefined ? environment : {...PROXY_VARIABLES, ...environment};
      return {
        argv: [
          program,
          ...NAMESPACES,
          '--json-status-fd',
          STATE_DESCRIPTOR,
          ...(filter === undefined ? [] : ['--seccomp', FILTER_DESCRIPTOR]),
          ...mounts(confinement, kernel),
          '--clearenv',
          ...Object.entries(variables).flatMap(([name, value]) => ['--setenv', name, value]),
          '--',
          ...(network === undefined ? argv : relayed(argv, network)),
        ],
        environment: {},
        guard: {filter},
      };
    },
    interpret,
  };
}

/** bubblewrap ends with 1 when it could not start the program, and like a shell with 128 + n when signal n ended it. */
function interpret(exit: JobExit, lastWords: () => string): JobExit {
  if (exit.how !== 'exited') return exit;
  const why = exit.code === 1 ? /^bwrap: execvp .*: (.*)$/.exec(lastWords())?.[1] : undefined;
  if (why !== undefined) return {how: 'not-started', why};
  const {code, usage, survivors, limits} = exit;
  const signal = code - 128;
  return signal > 0 && signal <= LAST_SIGNAL ? {how: 'signalled', signal, usage, survivors, limits} : exit;
}

const LAST_SIGNAL = 64;

/** Its network is always one of its own: sockets of this machine, also abstract ones, are out of reach. */
const NAMESPACES = [
  '--unshare-all',
  '--die-with-parent',
  '--new-session',
  '--cap-drop',
  'ALL',
  '--unshare-user',
  '--uid',
  '1000',
  '--gid',
  '1000',
  '--hostname',
  'repro',
];

/** Later mounts cover earlier ones, so the order matters: system, libraries, scratch, what is read-only in it, the rest. */
function mounts(
  {scratch, readOnly, environmentHome, libraries, network, gpus}: Confinement,
  kernel: readonly string[],
): string[] {
  return [
    ...SYSTEM.flatMap(readOnlyHere),
    ...(network === undefined ? [] : wayOut(network)),
    ...kernel,
    '--dev',
    '/dev',
    ...(gpus.length > 0 ? [...gpuDevices(gpus).flatMap(deviceHere), ...readOnlyHere('/sys')] : []),
    '--tmpfs',
    '/tmp',
    ...libraries.flatMap(readOnlyHere),
    ...(environmentHome === undefined ? [] : ['--ro-bind', environmentHome, ENVIRONMENT_DIRECTORY]),
    '--bind',
    scratch,
    WORKING_DIRECTORY,
    ...readOnly.flatMap(([from, path]) => ['--ro-bind', from, `${WORKING_DIRECTORY}/${path}`]),
    '--remount-ro',
    '/',
    '--chdir',
    WORKING_DIRECTORY,
  ];
}

/** The machine's memory, and the names of the user's keys. No more: each costs a stage half a millisecond. */
const HIDDEN = ['/proc/kcore', '/proc/keys'];

/**
 * Started by root, the stage's user is root to the kernel, and bubblewrap's own covering of /proc looks only at whether
 * the folders can be written to: the files in them can. So all of /proc is read-only, for everybody. Pid 1 is
 * bubblewrap's init, whose memory the stage could write.
 */
function kernelMounts({isReadable}: SandboxHost): readonly string[] {
  return [
    '--proc',
    '/proc',
    ...HIDDEN.filter(isReadable).flatMap((path) => ['--ro-bind', '/dev/null', path]),
    ...readOnlyEmpty('/proc/1'),
    '--remount-ro',
    '/proc',
  ];
}

function readOnlyEmpty(path: string): readonly string[] {
  return ['--tmpfs', path, '--remount-ro', path];
}

const PROXY_SOCKET = '/run/repro/network';
const RELAY = '/run/repro/network-relay.py';
const PROXY_PORT = 3128;

/** The same for every stage that declares a network; in no key. A pipeline's own come after them. */
const PROXY_VARIABLES: Readonly<Record<string, string>> = Object.fromEntries([
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY'].flatMap((name) =>
    [name, name.toLowerCase()].map((each) => [each, `http://127.0.0.1:${PROXY_PORT}`] as const),
  ),
  ...['NO_PROXY', 'no_proxy'].map((name) => [name, 'localhost,127.0.0.1,::1'] as const),
  ['NODE_USE_ENV_PROXY', '1'] as const,
]);

function wayOut({socket, relay}: WayOut): readonly string[] {
  return [...NETWORK.flatMap(readOnlyHere), '--ro-bind', socket, PROXY_SOCKET, '--ro-bind', relay, RELAY];
}

function relayed(argv: readonly string[], {python}: WayOut): readonly string[] {
  return [python, '-I', '-S', RELAY, String(PROXY_PORT), PROXY_SOCKET, ...argv];
}

/** What CUDA opens for any GPU. */
const DRIVER_DEVICES = ['nvidiactl', 'nvidia-uvm', 'nvidia-uvm-tools', 'nvidia-modeset', 'nvidia-caps'];
const ALL_MINORS = Array.from({length: 16}, (_, minor) => minor);

/** The stage's own; other GPUs and the machine's other devices stay out of sight. */
function gpuDevices(gpus: readonly GpuDevice[]): readonly string[] {
  const known = gpus.flatMap(({minor}) => minor ?? []);
  const minors = known.length === gpus.length ? known : ALL_MINORS;
  return [...DRIVER_DEVICES, ...minors.map((minor) => `nvidia${minor}`)].map((name) => `/dev/${name}`);
}

function deviceHere(path: string): string[] {
  return ['--dev-bind-try', path, path];
}

function readOnlyHere(path: string): string[] {
  return ['--ro-bind-try', path, path];
}
