import {chmodSync, mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {temporaryDirectory} from '../../artifacts/testing/temporary-directory.ts';
import type {JobExit} from '../executors/executor.ts';
import {bubblewrap} from './bubblewrap.ts';
import {findSandbox} from './find-sandbox.ts';
import {noSandbox} from './no-sandbox.ts';
import type {Confinement} from './sandbox.ts';

const CONFINEMENT: Confinement = {
  scratch: '/store/scratch/1',
  readOnly: [['/store/scratch/1/inputs', 'inputs']],
  environmentHome: '/cache/environment',
  libraries: ['/opt/python'],
  network: undefined,
  gpus: [],
};
const ended = {
  usage: {cpuSeconds: 0, peakBytes: 0},
  survivors: 'none',
  limits: {met: undefined, machineFull: false, watched: false},
} as const;

const MACHINE = {arch: 'x64', isReadable: (path: string) => path.startsWith('/proc/k')};

function words(some: Partial<Confinement> = {}): string {
  return bubblewrap('/usr/bin/bwrap', MACHINE)
    .confine(['python', 'main.py'], {A: 'b c'}, {...CONFINEMENT, ...some})
    .argv.join(' ');
}

describe('bubblewrap', () => {
  it('is told to keep the stage from everything but what it needs', () => {
    const line = words();
    for (const part of [
      '--unshare-all --die-with-parent --new-session --cap-drop ALL --unshare-user',
      '--json-status-fd 4 --seccomp 3',
      '--proc /proc --ro-bind /dev/null /proc/kcore --ro-bind /dev/null /proc/keys --tmpfs /proc/1 --remount-ro /proc/1 --remount-ro /proc --dev /dev',
      '--ro-bind-try /usr /usr',
      '--tmpfs /tmp',
      '--ro-bind-try /opt/python /opt/python',
      '--ro-bind /cache/environment /environment',
      '--bind /store/scratch/1 /repro --ro-bind /store/scratch/1/inputs /repro/inputs --remount-ro / --chdir /repro',
      '--clearenv --setenv A b c -- python main.py',
    ]) {
      expect(line).toContain(part);
    }
    expect(line).not.toMatch(/share-net|resolv\.conf|dev-bind|\/home|\/root/);
  });

  it('gives a network, and what names are looked up with, to who declares it only', () => {
    const network = {socket: '/tmp/s/network', relay: '/repro/relay.py', python: '/environment/bin/python'};
    const line = words({network});
    for (const part of [
      '--ro-bind-try /etc/ssl /etc/ssl',
      '--ro-bind /tmp/s/network /run/repro/network --ro-bind /repro/relay.py /run/repro/network-relay.py',
      '--setenv HTTPS_PROXY http://127.0.0.1:3128 --setenv https_proxy http://127.0.0.1:3128',
      '-- /environment/bin/python -I -S /run/repro/network-relay.py 3128 /run/repro/network python main.py',
    ]) {
      expect(line).toContain(part);
    }
    expect(line).not.toContain('share-net');
  });

  it('shows a stage its own accelerators, and no others', () => {
    const shown = (...minors: readonly (number | undefined)[]) =>
      words({gpus: minors.map((minor) => ({uuid: 'GPU-1', minor}))}).match(/(?<=--dev-bind-try )\/dev\/\S+/g);
    const driver = ['nvidiactl', 'nvidia-uvm', 'nvidia-uvm-tools', 'nvidia-modeset', 'nvidia-caps'];
    const devices = (...names: readonly string[]) => names.map((name) => `/dev/${name}`);
    expect(shown()).toBe(null);
    expect(shown(3)).toEqual(devices(...driver, 'nvidia3'));
    expect(shown(0, 2)).toEqual(devices(...driver, 'nvidia0', 'nvidia2'));
    // Which file is its isn't known: CUDA_VISIBLE_DEVICES alone says which GPU it may use.
    expect(shown(undefined)).toHaveLength(driver.length + 16);
  });

  it('is started in an empty environment of its own', () => {
    const confined = bubblewrap('/usr/bin/bwrap').confine(['true'], {SECRET: 'x'}, CONFINEMENT);
    expect(confined).toMatchObject({environment: {}, guard: {filter: expect.any(String)}});
  });

  it('speaks for the program that it ran', () => {
    const interpret = (code: number, lastWords = '') =>
      bubblewrap('bwrap').interpret({how: 'exited', code, ...ended}, () => lastWords);
    expect(interpret(0)).toMatchObject({how: 'exited', code: 0});
    expect(interpret(1, 'bwrap: something else')).toMatchObject({how: 'exited', code: 1});
    expect(interpret(1, 'bwrap: execvp no: such: No such file or directory')).toEqual({
      how: 'not-started',
      why: 'No such file or directory',
    });
    expect(interpret(137)).toMatchObject({how: 'signalled', signal: 9});
    expect(interpret(255)).toMatchObject({how: 'exited', code: 255});
    const lost: JobExit = {how: 'lost', why: 'x'};
    expect(bubblewrap('bwrap').interpret(lost, () => '')).toBe(lost);
  });
});

describe('no sandbox', () => {
  it('changes neither words nor environment, and shows real paths', () => {
    const confined = noSandbox.confine(['python', 'main.py'], {A: 'b'}, CONFINEMENT);
    expect(confined).toEqual({argv: ['python', 'main.py'], environment: {A: 'b'}, guard: undefined});
    expect(noSandbox.workingDirectory('/store/scratch/1')).toBe('/store/scratch/1');
    expect(noSandbox.environmentDirectory('/cache/environment')).toBe('/cache/environment');
    expect(() => noSandbox.confine([], {}, CONFINEMENT)).toThrow('an empty command');
  });
});

describe('which sandbox', () => {
  it('is none, with a warning, where bubblewrap is absent or forbidden; unless it is insisted on', async () => {
    const path = temporaryDirectory();
    expect(await findSandbox('none', path)).toEqual({found: true, sandbox: noSandbox});
    expect(await findSandbox('auto', path)).toMatchObject({
      sandbox: noSandbox,
      warning: expect.stringContaining('(bwrap) is not installed'),
    });
    expect(await findSandbox('bubblewrap', path)).toMatchObject({
      found: false,
      why: 'bubblewrap (bwrap) is not installed',
    });
    writeFileSync(
      join(path, 'bwrap'),
      '#!/bin/sh\necho "bwrap: No permissions to create new namespace" >&2; exit 1\n',
    );
    chmodSync(join(path, 'bwrap'), 0o755);
    const why = 'bubblewrap does not work here: bwrap: No permissions to create new namespace';
    expect(await findSandbox('auto', path)).toMatchObject({
      sandbox: noSandbox,
      warning: expect.stringContaining(why),
    });
    expect(await findSandbox('bubblewrap', path)).toEqual({found: false, why});
  });

  it('is bubblewrap where it works', async () => {
    const path = temporaryDirectory();
    mkdirSync(join(path, 'empty'));
    writeFileSync(join(path, 'bwrap'), '#!/bin/sh\nexit 0\n');
    chmodSync(join(path, 'bwrap'), 0o755);
    const found = await findSandbox('auto', `${path}/empty:${path}`);
    expect(found).toMatchObject({found: true, sandbox: {name: 'bubblewrap'}});
    expect(found).not.toHaveProperty('warning');
  });
});
