import {describe, expect, it} from 'vitest';
import {findInterpreter, whatItNeeds} from '../environments/interpreter.ts';
import {attack, writeAttack} from '../testing/attack.ts';
import {CANARY, plantSecrets, searchEverywhere} from '../testing/canaries.ts';
import {connecting, listen} from '../testing/listener.ts';
import {needsBubblewrap} from '../testing/needs-bubblewrap.ts';
import {outputOf} from '../testing/output-of.ts';
import {from, shell} from '../testing/pipeline-text.ts';
import {openRig} from '../testing/rig.ts';

describe('in the sandbox a stage', () => {
  it('sees no secret of the user, in no variable and no file', async (context) => {
    needsBubblewrap(context);
    await using rig = await plantSecrets();
    rig.pipeline({a: shell(searchEverywhere(rig))});
    const seen = await outputOf(rig);
    expect(seen).toContain('PYTHONHASHSEED=0');
    expect(seen).not.toContain(CANARY);
    expect(seen.split('\n').filter((line) => line.startsWith('FOUND'))).toEqual(['FOUND /tmp/planted']);
  });

  it('has in its file system the system, its environment, and its own: nothing else is there', async (context) => {
    needsBubblewrap(context);
    const path = process.env.PATH ?? '';
    const python = await findInterpreter(path);
    const needs = python === undefined ? [] : ((await whatItNeeds(python, path)) ?? []);
    await using rig = await openRig();
    rig.pipeline({a: shell('cut -d" " -f5 /proc/self/mountinfo > outputs/out')});
    const mounted = (await outputOf(rig))
      .trim()
      .split('\n')
      .filter((path) => !/^\/(dev|proc)(\/|$)/.test(path));
    const own = ['inputs', 'request.json', 'sdk', 'stage'].map((name) => `/repro/${name}`);
    const system = [
      '/usr',
      '/bin',
      '/sbin',
      '/lib',
      '/lib32',
      '/lib64',
      '/etc/ld.so.cache',
      '/etc/alternatives',
    ];
    const expected = ['/', '/tmp', '/repro', ...own, '/environment', ...needs, ...system];
    expect(mounted.filter((path) => !expected.includes(path))).toEqual([]);
    expect(mounted).toEqual(expect.arrayContaining(['/tmp', '/repro', ...own, '/environment', '/usr']));
  });

  it('has exactly the variables that it should have', async (context) => {
    needsBubblewrap(context);
    await using rig = await openRig({
      variables: {LC_ALL: 'C', TZ: 'Asia/Tokyo', USER: 'somebody', FOO: 'bar'},
    });
    rig.pipeline({a: shell('env | sort > outputs/out', {variables: {MY_OWN: 'x y'}})});
    expect(await outputOf(rig)).toMatchInlineSnapshot(`
      "ATEN_CPU_CAPABILITY=avx2
      CUBLAS_WORKSPACE_CONFIG=:4096:8
      CUDA_DEVICE_ORDER=PCI_BUS_ID
      FLASH_ATTENTION_DETERMINISTIC=1
      HF_DATASETS_OFFLINE=1
      HF_HUB_OFFLINE=1
      HOME=/repro/tmp
      LC_ALL=C.UTF-8
      MKL_CBWR=AVX2
      MKL_DYNAMIC=FALSE
      MKL_NUM_THREADS=1
      MY_OWN=x y
      NCCL_ALGO=Ring
      NCCL_COLLNET_ENABLE=0
      NCCL_MAX_NCHANNELS=8
      NCCL_MIN_NCHANNELS=8
      NCCL_NVLS_ENABLE=0
      NCCL_PROTO=Simple
      NVIDIA_TF32_OVERRIDE=0
      OMP_DYNAMIC=FALSE
      OMP_NUM_THREADS=1
      ONEDNN_MAX_CPU_ISA=AVX2
      OPENBLAS_CORETYPE=Haswell
      OPENBLAS_NUM_THREADS=1
      PATH=/environment/bin:/usr/local/bin:/usr/bin:/bin
      PWD=/repro
      PYTHONDONTWRITEBYTECODE=1
      PYTHONHASHSEED=0
      PYTHONNOUSERSITE=1
      PYTHONPATH=/repro/sdk
      PYTHONUNBUFFERED=1
      REPRO_GPUS=0
      REPRO_REQUEST=/repro/request.json
      TMPDIR=/repro/tmp
      TOKENIZERS_PARALLELISM=false
      TORCHINDUCTOR_DETERMINISTIC=1
      TRANSFORMERS_OFFLINE=1
      TZ=UTC
      USER=repro
      VLLM_BATCH_INVARIANT=1
      VLLM_ENABLE_V1_MULTIPROCESSING=0
      "
    `);
  });

  it('reaches no network', async (context) => {
    needsBubblewrap(context);
    await using rig = await openRig();
    await using listener = await listen();
    rig.pipeline({a: connecting(listener.port)});
    expect(await outputOf(rig)).toMatch(/^(OSError|ConnectionRefusedError|TimeoutError)/);
  });

  it('can write to its outputs, and to nothing that it was given', async (context) => {
    needsBubblewrap(context);
    await using rig = await openRig();
    writeAttack(
      rig,
      attack(['request.json', 'inputs/x', 'inputs/files/in', 'stage/main.sh', 'sdk/repro_sdk/__init__.py']),
    );
    rig.pipeline({
      text: shell('printf original > outputs/out'),
      files: shell('mkdir outputs/out; printf original > outputs/out/in', {
        outputs: {out: {kind: 'files', type: 'tree'}},
      }),
      z: {uses: './attack', inputs: {x: from('text.out'), files: from('files.out')}},
    });
    expect(await outputOf(rig, '-j1')).toBe('done\n');
    expect((await rig.repro(['store', 'verify'])).code).toBe(0);
  });

  it('sees its scratch directory under the same path, whoever runs it and wherever', async (context) => {
    needsBubblewrap(context);
    await using rig = await openRig();
    rig.pipeline({a: shell('pwd > outputs/out; id -u >> outputs/out; hostname >> outputs/out')});
    expect(await outputOf(rig)).toBe('/repro\n1000\nrepro\n');
  });
});
