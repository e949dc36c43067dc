import type {JobExit} from '../executors/executor.ts';
import type {Confinement, Sandbox} from './sandbox.ts';

/** Every stage sees its scratch directory here, whoever runs it and wherever. */
const WORKING_DIRECTORY = '/repro';
const ENVIRONMENT_DIRECTORY = '/environment';

/** Of the system, as far as it exists: programs, their libraries, and what the dynamic linker needs. */
const SYSTEM = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/etc/ld.so.cache', '/etc/alternatives'];
const NETWORK = [
  '/etc/resolv.conf',
  '/etc/hosts',
  '/etc/nsswitch.conf',
  '/etc/ssl',
  '/etc/ca-certificates',
  '/etc/pki',
];

/**
 * Confines with bubblewrap: own namespaces for everything, no capabilities, no network, no home, the
 * declared environment only. The stage and all it started die with the process that started bubblewrap.
 */
export function bubblewrap(program: string): Sandbox {
  return {
    name: 'bubblewrap',
    workingDirectory: () => WORKING_DIRECTORY,
    environmentDirectory: () => ENVIRONMENT_DIRECTORY,
    confine(argv, environment, confinement) {
      return {
        argv: [
          program,
          ...namespaces(confinement),
          ...mounts(confinement),
          '--clearenv',
          ...Object.entries(environment).flatMap(([name, value]) => ['--setenv', name, value]),
          '--',
          ...argv,
        ],
        environment: {},
        guards: true,
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
  const signal = exit.code - 128;
  return signal > 0 && signal <= LAST_SIGNAL
    ? {how: 'signalled', signal, usage: exit.usage, survivors: exit.survivors}
    : exit;
}

const LAST_SIGNAL = 64;

function namespaces({network}: Confinement): string[] {
  return [
    '--unshare-all',
    ...(network ? ['--share-net'] : []),
    '--die-with-parent',
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
}

/** Later mounts cover earlier ones, so the order matters: system, libraries, scratch, what is read-only in it. */
function mounts({scratch, readOnly, environmentHome, libraries, network, gpus}: Confinement): string[] {
  return [
    ...SYSTEM.flatMap(readOnlyHere),
    ...(network ? NETWORK.flatMap(readOnlyHere) : []),
    '--proc',
    '/proc',
    '--dev',
    '/dev',
    ...(gpus ? [...GPU_DEVICES.flatMap(deviceHere), ...readOnlyHere('/sys')] : []),
    '--tmpfs',
    '/tmp',
    ...libraries.flatMap(readOnlyHere),
    ...(environmentHome === undefined ? [] : ['--ro-bind', environmentHome, ENVIRONMENT_DIRECTORY]),
    '--bind',
    scratch,
    WORKING_DIRECTORY,
    ...readOnly.flatMap(([from, path]) => ['--ro-bind', from, `${WORKING_DIRECTORY}/${path}`]),
    '--chdir',
    WORKING_DIRECTORY,
  ];
}

/** What CUDA and ROCm open; the machine's other devices stay out of sight. */
const GPU_DEVICES = [
  ...['nvidiactl', 'nvidia-uvm', 'nvidia-uvm-tools', 'nvidia-modeset', 'nvidia-caps', 'dri', 'kfd'],
  ...Array.from({length: 16}, (_, i) => `nvidia${i}`),
].map((name) => `/dev/${name}`);

function deviceHere(path: string): string[] {
  return ['--dev-bind-try', path, path];
}

function readOnlyHere(path: string): string[] {
  return ['--ro-bind-try', path, path];
}
