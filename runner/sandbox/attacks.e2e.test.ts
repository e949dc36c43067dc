import {expect, it} from 'vitest';
import {needsBubblewrap} from '../testing/needs-bubblewrap.ts';
import {outputOf} from '../testing/output-of.ts';
import {shell} from '../testing/pipeline-text.ts';
import {openRig} from '../testing/rig.ts';

const SETUP = [
  'import ctypes, errno, os, platform, signal, socket, struct',
  'libc = ctypes.CDLL(None, use_errno=True)',
  'arm = platform.machine() == "aarch64"',
  'said = []',
  'def call(name, x64, arm64, *args):',
  '  got = libc.syscall(arm64 if arm else x64, *args)',
  '  said.append(f"{name}: " + ("DONE" if got >= 0 else errno.errorcode[ctypes.get_errno()]))',
  'def attempt(name, act):',
  '  try: act(); said.append(f"{name}: DONE")',
  '  except OSError as e: said.append(f"{name}: {errno.errorcode[e.errno]}")',
].join('\n');

function python(...lines: string[]) {
  const program = [SETUP, ...lines, 'open("outputs/out", "w").write("\\n".join(said))'].join('\n');
  return {...shell(''), with: {argv: ['python', '-c', program]}};
}

it('a stage reaches no key, no namespace, no mount, nothing of the kernel', async (context) => {
  needsBubblewrap(context);
  await using rig = await openRig();
  rig.pipeline({
    a: python(
      'call("add a key", 248, 217, b"user", b"x", b"y", 1, -4)',
      'call("read a key", 250, 219, 11, -3, 0, 0)',
      'call("ask for a key", 249, 218, b"user", b"x", None, -3)',
      'call("join a keyring", 250, 219, 1, None)',
      'call("bpf", 321, 280, 0, 0, 0)',
      'call("perf", 298, 241, 0, 0, -1, -1, 0)',
      'call("userfaultfd", 323, 282, 1)',
      'call("user namespace", 272, 97, 0x10000000)',
      'call("user namespace by clone", 56, 220, 0x10000011, 0, 0, 0, 0)',
      'call("clone3", 435, 435, 0, 0)',
      'call("mount", 165, 40, b"/repro", b"/tmp", None, 4096, None)',
      'call("unmount", 166, 39, b"/repro/inputs", 2)',
      'call("new mounts", 428, 428, -100, b"/", 1)',
      'call("io_uring", 425, 425, 8, 0)',
      'call("handles", 304, 265, -100, 0, 0)',
      'call("memory of init", 311, 271, 1, 0, 0, 0, 0, 0)',
      'attempt("vsock", lambda: socket.socket(40, socket.SOCK_STREAM))',
      'attempt("packets", lambda: socket.socket(17, socket.SOCK_RAW))',
      'attempt("crypto", lambda: socket.socket(38, socket.SOCK_SEQPACKET))',
    ),
  });
  expect(await outputOf(rig)).toMatchInlineSnapshot(`
    "add a key: EPERM
    read a key: EPERM
    ask for a key: EPERM
    join a keyring: EPERM
    bpf: EPERM
    perf: EPERM
    userfaultfd: EPERM
    user namespace: EPERM
    user namespace by clone: EPERM
    clone3: ENOSYS
    mount: EPERM
    unmount: EPERM
    new mounts: EPERM
    io_uring: ENOSYS
    handles: EPERM
    memory of init: EPERM
    vsock: EAFNOSUPPORT
    packets: EAFNOSUPPORT
    crypto: EAFNOSUPPORT"
  `);
});

it('a stage writes to no setting of the machine, whoever started it, and not to the memory of its guard', async (context) => {
  needsBubblewrap(context);
  await using rig = await openRig();
  const paths = [
    '/proc/sys/kernel/core_pattern',
    '/proc/sys/kernel/panic',
    '/proc/sys/vm/drop_caches',
    '/proc/sys/fs/suid_dumpable',
    '/proc/sys/net/ipv4/ip_forward',
    '/proc/sysrq-trigger',
    '/proc/irq/default_smp_affinity',
    '/proc/self/oom_score_adj',
    '/proc/self/mem',
    '/proc/1/mem',
    '/proc/1/oom_score_adj',
    '/x',
    '/etc/x',
    '/run/x',
    '/usr/x',
    '/repro/sdk/x',
  ];
  rig.pipeline({
    a: python(
      `for path in ${JSON.stringify(paths)}:`,
      '  attempt(path, lambda: os.close(os.open(path, os.O_WRONLY | os.O_CREAT)))',
      'attempt("/repro/x", lambda: open("/repro/x", "w").close())',
      'attempt("/tmp/x", lambda: open("/tmp/x", "w").close())',
      'attempt("/dev/shm/x", lambda: open("/dev/shm/x", "w").close())',
    ),
  });
  const said = (await outputOf(rig)).split('\n');
  const [refused, allowed] = [said.slice(0, paths.length), said.slice(paths.length)];
  expect(refused.filter((line) => !/: (EROFS|ENOENT|EACCES|EPERM)$/.test(line))).toEqual([]);
  expect(allowed).toEqual(['/repro/x: DONE', '/tmp/x: DONE', '/dev/shm/x: DONE']);
});

/** [program, more of the stage, what the run says] */
const STUBBORN: Readonly<Record<string, readonly [string, RegExp]>> = {
  'stops its guard’s init': [
    'libc.ptrace(16, 1, 0, 0)\nimport os; os._exit(0)',
    /longer than its limit of 2.0 s/,
  ],
  'stops itself': ['os.kill(os.getpid(), signal.SIGSTOP)', /longer than its limit of 2.0 s/],
  'stops everybody': [
    'attempt("all", lambda: os.kill(-1, signal.SIGSTOP)); import time; time.sleep(600)',
    /longer than its limit of 2.0 s/,
  ],
  'sleeps behind a session of its own': [
    'import time\nif os.fork() == 0:\n  os.setsid()\n  time.sleep(600)\nos.closerange(0, 1000); time.sleep(600)',
    /longer than its limit of 2.0 s/,
  ],
  'kills everybody': [
    'attempt("all", lambda: os.kill(-1, signal.SIGKILL)); os.kill(os.getpid(), 9)',
    /ended by signal 9/,
  ],
  'kills its group': ['os.killpg(0, signal.SIGKILL)', /ended by signal 9/],
};

it.for(Object.entries(STUBBORN))(
  'a stage that %s ends orderly, and the next run works',
  async ([, [program, words]], context) => {
    // Without one these would be for everybody on this machine.
    needsBubblewrap(context);
    await using rig = await openRig();
    rig.pipeline({a: {...python(program), resources: {time: '2s'}}});
    const ended = await rig.repro(['run', 'p.yaml']);
    expect(ended.code).toBe(1);
    expect(ended.stdout + ended.stderr).toMatch(words);
    expect((await rig.survivors()).map(({words: of}) => of)).toEqual([]);
    rig.pipeline({a: shell('echo on > outputs/out')});
    expect(await outputOf(rig)).toBe('on\n');
  },
);

it('what is stopped for good is told to go on: a stage without a time limit does not hang the run', async (context) => {
  needsBubblewrap(context);
  await using rig = await openRig();
  rig.pipeline({
    a: python('said.append("x"); open("outputs/out", "w").write("x"); libc.ptrace(16, 1, 0, 0); os._exit(0)'),
  });
  expect(await outputOf(rig)).toBe('x');
});
