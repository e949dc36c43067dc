import {describe, expect, it} from 'vitest';
import {digestOfBytes} from '../../../artifacts/hashing.ts';
import type {Receipt} from '../../../schemas/receipt.ts';
import type {RunRecord} from '../../../schemas/run-record.ts';
import {aRun, Bench, stage} from '../testing/bench.ts';
import {plainSteps, traceLines, withFault} from '../testing/write-trace.ts';

const digest = ({outputs}: Receipt) => outputs.out?.digest ?? digestOfBytes('none');

describe('two runs', () => {
  it('that gave the same bits are the same, whatever they took', async () => {
    const bench = new Bench();
    const facts = {'cpu.level': 'x86-64-v4', libc: 'glibc 2.36'};
    const slow = {startedAt: '2026-02-02T03:04:05Z', seconds: 20};
    const a = {data: await stage(bench, 'x'), train: await stage(bench, 'y')};
    const b = {data: a.data, train: await stage(bench, 'y', {execution: slow, facts})};
    expect(await bench.told(aRun(a), aRun(b))).toMatchInlineSnapshot(`
      "a  one
      b  two

      the same bits in every stage

      data   same
      train  same, though hardware differs  12.5 s and 20.0 s

      machines
        cpu.level  "x86-64-v3" → "x86-64-v4"
      [same bits]"
    `);
  });

  it('part where inputs are equal and results are not; the rest follows', async () => {
    const bench = new Bench();
    const make = async (rate: number, text: string, level: string) => {
      const facts = {'cpu.level': level, libc: 'glibc 2.36'};
      const data = await stage(bench, '{"id":1}\n{"id":2}\n');
      const search = await stage(bench, `{"chosen": ${rate}}`, {values: {chosen: rate}, facts});
      const params = {temperature: rate, steps: 3};
      const train = await stage(bench, text, {
        document: {inputs: {data: digest(data)}, params, command: ['train', `--t=${rate}`]},
        facts,
      });
      const score = await stage(bench, `score of ${text}`, {
        document: {inputs: {model: digest(train)}},
        facts,
      });
      return {data, search, train, score};
    };
    const one = aRun(await make(0.5, 'weights', 'x86-64-v4'));
    const two = aRun(await make(0.75, 'others', 'x86-64-v3'), {
      git: {commit: 'b'.repeat(40), clean: false, remote: null},
    });
    expect(await bench.told(one, two)).toMatchInlineSnapshot(`
      "a  one
      b  two

      first divergence
        search  equal inputs, other out; values (chosen)
          most likely  hardware  cpu.level  "x86-64-v4" → "x86-64-v3"
          chosen  0.5 → 0.75
          out  1 value differs
            chosen  0.5 → 0.75

      data    same
      search  different  hardware
      train   follows from search; also hardware
      score   follows from train; also hardware

      run
        git.clean  true → false
        git.commit  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" → "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

      machines
        cpu.level  "x86-64-v4" → "x86-64-v3"

      look closer: repro diff A:search.out B:search.out
      [other bits]"
    `);
  });

  it('name the most likely cause first: code by its files, then params, packages, hardware', async () => {
    const bench = new Bench();
    const lock = (version: string) =>
      `torch==${version} \\\n    --hash=sha256:${'0'.repeat(64)}\nnumpy==2.0\n`;
    const make = async (at: 0 | 1) =>
      stage(bench, `out ${at}`, {
        document: {
          code: (await bench.tree({'main.py': `rate = 0.${at}\nprint(1)\n`, 'stage.yaml': 'x\n'})).digest,
          environment: {type: 'python', lock: (await bench.blob(lock(`2.1${at}`))).digest, python: '3.11'},
          params: {rate: at},
        },
        facts: {'cpu.level': `v${at}`, 'gpu.0.name': `H${at}00`, 'gpu.0.driver_version': `57${at}`},
        execution: {resumed: at},
      });
    expect(
      await bench.told(aRun({train: await make(0)}), aRun({train: await make(1)})),
    ).toMatchInlineSnapshot(`
      "a  one
      b  two

      first divergence
        train  equal inputs, other out
          most likely  code
            main.py  1 line removed, 1 added, from line 1 on
              @ 1 → 1
              - rate = 0.0
              + rate = 0.1
          also         params  params.rate  0 → 1
          also         environment  torch  "2.10" → "2.11"
          also         hardware  gpu.0.name  "H000" → "H100" · gpu.0.driver_version  "570" → "571" · cpu.level  "v0" → "v1"
          also         effective  resumed  0 → 1
          out  1 line removed, 1 added, from line 1 on
            @ 1 → 1
            - out 0 (no line end)
            + out 1 (no line end)

      train  different  code

      machines
        gpu.0.name  "H000" → "H100"
        gpu.0.driver_version  "570" → "571"
        cpu.level  "v0" → "v1"

      look closer: repro diff A:train.out B:train.out
      [other bits]"
    `);
  });

  it('say so when nothing that was recorded differs', async () => {
    const bench = new Bench();
    expect(
      await bench.told(aRun({a: await stage(bench, 'x\n')}), aRun({a: await stage(bench, 'y\n')})),
    ).toMatchInlineSnapshot(`
      "a  one
      b  two

      first divergence
        a  equal inputs, other out
          most likely  unknown  nothing that was recorded differs: look for what is not declared, or not deterministic
          out  1 line removed, 1 added, from line 1 on
            @ 1 → 1
            - x
            + y

      a  different  unknown

      no recorded fact of the machines differs

      look closer: repro diff A:a.out B:a.out
      [other bits]"
    `);
  });

  it('tell another source from what a stage made', async () => {
    const bench = new Bench();
    const from = async (text: string) =>
      stage(bench, `of ${text}`, {document: {inputs: {problems: digestOfBytes(text)}}});
    expect(
      await bench.told(aRun({a: await from('one')}), aRun({a: await from('two')})),
    ).toMatchInlineSnapshot(`
      "a  one
      b  two

      first divergence
        a  another source, other out
          most likely  input  inputs.problems  7692c3ad → 3fc4ccfe
          out  1 line removed, 1 added, from line 1 on
            @ 1 → 1
            - of one (no line end)
            + of two (no line end)

      a  different  input

      no recorded fact of the machines differs

      look closer: repro diff A:a.out B:a.out
      [other bits]"
    `);
  });

  it('may have other stages, or stages without a result', async () => {
    const bench = new Bench();
    const a = await stage(bench, 'x');
    const one = aRun({a, old: a});
    const two = aRun({a});
    const failed = {
      name: 'b',
      state: 'failed',
      failure: {code: 'exit', status: 1},
    } as unknown as RunRecord['stages'][0];
    const skipped = {name: 'b', state: 'skipped', reason: {code: 'x'}} as unknown as RunRecord['stages'][0];
    expect(
      await bench.told({...one, stages: [...one.stages, failed]}, {...two, stages: [...two.stages, skipped]}),
    ).toMatchInlineSnapshot(`
      "a  one
      b  two

      no stage has equal inputs and other outputs

      a    same
      old  only in a
      b    failed in a, skipped in b
      [other bits]"
    `);
  });

  it('whose traces part say at which step, and why', async () => {
    const bench = new Bench();
    const metrics = (loss: number) => `{"loss":1,"step":1}\n{"loss":${loss},"step":2}\n`;
    const make = async (text: string, traced: readonly string[], level: string, loss: number) => {
      const trace = (await bench.blob(traced.map((line) => `${line}\n`).join(''))).digest;
      const execution = {trace, metrics: (await bench.blob(metrics(loss))).digest};
      return stage(bench, text, {execution, facts: {'cpu.level': level}});
    };
    const steps = plainSteps(100);
    const faulty = withFault(steps, 2, ['loss', 'gradient', 'optimizer', 'parameters']);
    const a = await make('same', traceLines(steps), 'x86-64-v4', 0.5);
    const b = await make('same', traceLines(faulty), 'x86-64-v3', 0.25);
    expect(await bench.told(aRun({train: a}), aRun({train: b}))).toMatchInlineSnapshot(`
      "a  one
      b  two

      first divergence
        train  equal inputs, other metrics
          most likely  hardware  cpu.level  "x86-64-v4" → "x86-64-v3"
          step 2 of 100: loss differs first → arithmetic (kernel, threads, instruction set, library)
            equal    the state before the step, batch, rollout, rng, cursor
            differ   gradient, optimizer, parameters too
          metrics  step 2: loss  0.5 → 0.25

      train  different  hardware

      machines
        cpu.level  "x86-64-v4" → "x86-64-v3"
      [other bits]"
    `);
    const forged = traceLines(steps).map((line) => line.replace('"step":50', '"step":51'));
    const c = await make('other', forged, 'x86-64-v4', 0.5);
    expect(await bench.toldOfStages(a, c)).toMatchInlineSnapshot(`
      "a  one
      b  two

      other out
        the trace of b is refused: line 51: its chain is not the hash of the line
        out  1 line removed, 1 added, from line 1 on
          @ 1 → 1
          - same (no line end)
          + other (no line end)
        12.5 s and 12.5 s
      [other bits]"
    `);
  });

  it('whose bytes are gone are told by their digests', async () => {
    const bench = new Bench();
    const [a, b] = [await stage(bench, 'x'), await stage(bench, 'y')];
    expect(await new Bench().told(aRun({a}), aRun({a: b}))).toMatchInlineSnapshot(`
      "a  one
      b  two

      first divergence
        a  equal inputs, other out
          most likely  unknown  nothing that was recorded differs: look for what is not declared, or not deterministic
          out  not looked into: the store does not have sha256:2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881

      a  different  unknown

      no recorded fact of the machines differs

      look closer: repro diff A:a.out B:a.out
      [other bits]"
    `);
  });
});
