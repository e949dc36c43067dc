import {createHash} from 'node:crypto';
import {join, relative} from 'node:path';
import {expect, test} from 'vitest';
import {outline, planned, stagesDirectory} from './testing/planned.ts';

const POLARIS = `
seed: 42
params:
  rates: {type: list, items: number, default: [1.0e-6, 0.5]}
sources:
  base: {hf: Qwen/Qwen3-4B, revision: "${'c'.repeat(40)}", sha256: "${'a'.repeat(64)}", kind: model}
stages:
  evaluate:
    matrix:
      model: {base: "\${sources.base}", rl: "\${rl.model}"}
      bench: [aime24, amc23]
    uses: evaluate
    inputs: {model: "\${matrix.model}"}
    with: {benchmark: "\${matrix.bench}"}
  table: {uses: compare, inputs: {reports: "\${evaluate[*].report}"}}
  one: {uses: compare, inputs: {reports: "\${evaluate[*,rl].report}"}}
  problems: {uses: prepare, with: {task: chain_sum}}
  rl:
    chain:
      rounds: [{length: 24}, {length: 48}]
      start: {model: "\${sources.base}", problems: "\${problems.problems}"}
      next: {model: "\${train.model}", problems: "\${drop.problems}"}
      stages:
        search: {uses: temperature, inputs: {model: "\${chain.model}", problems: "\${chain.problems}"}}
        train:
          uses: grpo
          inputs: {model: "\${chain.model}", problems: "\${chain.problems}"}
          with:
            temperature: "\${search.values.temperature}"
            response_length: "\${round.length}"
            flags: ["--round=\${round.number}", "$\${HOME}", "seed \${seed}"]
        drop: {uses: drop-easy, inputs: {problems: "\${chain.problems}", rollouts: "\${train.rollouts}"}}
`;

test('chains become rounds, matrices combinations, and every stage comes after what it reads', () => {
  const {plan, printed} = planned(POLARIS);
  expect(printed).toBe('');
  expect(outline(plan)).toMatchInlineSnapshot(`
    "evaluate[aime24,base] (evaluate) model=@base $ python stage/main.py
    problems (prepare) $ python stage/main.py
    rl.1.search (temperature) model=@base problems=problems.problems $ python stage/main.py
    rl.1.train (grpo) model=@base problems=problems.problems $ python stage/main.py --lr 0.000001 temperature=<temperature> --seed 42 --round=1 \${HOME} seed 42
    rl.1.drop (drop-easy) problems=problems.problems rollouts=rl.1.train.rollouts $ python stage/main.py
    rl.2.search (temperature) model=rl.1.train.model problems=rl.1.drop.problems $ python stage/main.py
    rl.2.train (grpo) model=rl.1.train.model problems=rl.1.drop.problems $ python stage/main.py --lr 0.000001 temperature=<temperature> --seed 42 --round=2 \${HOME} seed 42
    evaluate[aime24,rl] (evaluate) model=rl.2.train.model $ python stage/main.py
    evaluate[amc23,base] (evaluate) model=@base $ python stage/main.py
    evaluate[amc23,rl] (evaluate) model=rl.2.train.model $ python stage/main.py
    table (compare) reports={aime24,base: evaluate[aime24,base].report, aime24,rl: evaluate[aime24,rl].report, amc23,base: evaluate[amc23,base].report, amc23,rl: evaluate[amc23,rl].report} $ python stage/main.py
    one (compare) reports={aime24: evaluate[aime24,rl].report, amc23: evaluate[amc23,rl].report} $ python stage/main.py
    rl.2.drop (drop-easy) problems=rl.1.drop.problems rollouts=rl.2.train.rollouts $ python stage/main.py"
  `);
});

test('a value stays open; all else of a stage is known', () => {
  const train = planned(POLARIS).plan?.stages.find(({name}) => name === 'rl.2.train');
  expect(train?.params.get('temperature')).toEqual({
    from: 'value',
    stage: 'rl.2.search',
    value: 'temperature',
  });
  expect(train?.params.get('response_length')).toEqual({from: 'literal', value: 48});
  expect(train?.dependsOn).toEqual(['rl.1.train', 'rl.1.drop', 'rl.2.search']);
  expect(train?.seed).toBe(42);
  expect(train?.place).toMatchObject({file: '/p/tiny.yaml', text: '        train:'});
});

test('a group is planned once per combination, and its stages see each other', () => {
  const {plan, printed} = planned(`
stages:
  problems: {uses: prepare, with: {task: chain_sum}}
  sweep:
    matrix: {rate: [0.1, 1.0e-6]}
    stages:
      train: {uses: sft, with: {learning_rate: "\${matrix.rate}"}, inputs: {data: "\${problems.demonstrations}"}}
      score: {uses: evaluate, matrix: {k: [1, 8]}, with: {samples: "\${matrix.k}"}, inputs: {model: "\${train.model}"}}
  table: {uses: compare, inputs: {reports: "\${sweep[*].score[*].report}"}}
  best: {uses: evaluate, inputs: {model: "\${sweep[0.1].train.model}"}}
`);
  expect(printed).toBe('');
  expect(outline(plan)).toMatchInlineSnapshot(`
    "problems (prepare) $ python stage/main.py
    sweep[0.1].train (sft) data=problems.demonstrations $ python stage/main.py
    sweep[0.1].score[1] (evaluate) model=sweep[0.1].train.model $ python stage/main.py
    sweep[0.1].score[8] (evaluate) model=sweep[0.1].train.model $ python stage/main.py
    sweep[0.000001].train (sft) data=problems.demonstrations $ python stage/main.py
    sweep[0.000001].score[1] (evaluate) model=sweep[0.000001].train.model $ python stage/main.py
    sweep[0.000001].score[8] (evaluate) model=sweep[0.000001].train.model $ python stage/main.py
    table (compare) reports={0.000001,1: sweep[0.000001].score[1].report, 0.000001,8: sweep[0.000001].score[8].report, 0.1,1: sweep[0.1].score[1].report, 0.1,8: sweep[0.1].score[8].report} $ python stage/main.py
    best (evaluate) model=sweep[0.1].train.model $ python stage/main.py"
  `);
});

test('a matrix of seeds around a chain', () => {
  const {plan, printed} = planned(`
sources: {base: {https: "https://example.org/m", sha256: "${'a'.repeat(64)}", kind: model}}
stages:
  problems: {uses: prepare, with: {task: chain_sum}}
  rl:
    matrix: {seed: [1, 2]}
    chain:
      rounds: 2
      start: {model: "\${sources.base}"}
      next: {model: "\${train.model}"}
      stages:
        train: {uses: grpo, seed: "\${matrix.seed}", inputs: {model: "\${chain.model}", problems: "\${problems.problems}"}}
  last: {uses: evaluate, inputs: {model: "\${rl[2].model}"}}
`);
  expect(printed).toBe('');
  expect(plan?.stages.map(({name, seed}) => `${name} ${seed}`)).toEqual([
    'problems 0',
    'rl[1].1.train 1',
    'rl[1].2.train 1',
    'rl[2].1.train 2',
    'rl[2].2.train 2',
    'last 0',
  ]);
});

test('an open kind takes what the pipeline declares, and a reference to an input is its path', () => {
  const {plan, printed} = planned(`
stages:
  problems: {uses: prepare, with: {task: chain_sum}}
  count:
    uses: command
    with: {argv: [wc, -l, "\${inputs.data}", "--out=\${outputs.lines}"]}
    inputs: {data: "\${problems.problems}", two: {a: "\${problems.problems}"}}
    outputs: {lines: {kind: report, type: blob}}
    values: {n: {type: integer}}
    variables: {LEVEL: 3}
    resources: {cpus: 2, memory: 1.5GiB, gpus: 1, time: 1h30m}
    retries: 2
  sft: {uses: sft, inputs: {data: "\${problems.demonstrations}"}, with: {steps: "\${count.values.n}"}}
`);
  expect(printed).toBe('');
  expect(outline(plan)).toMatchInlineSnapshot(`
    "problems (prepare) $ python stage/main.py
    count (command) data=problems.problems two={a: problems.problems} $ wc -l inputs/data --out=outputs/lines
    sft (sft) data=problems.demonstrations $ python stage/main.py"
  `);
  expect(plan?.stages[1]).toMatchObject({
    variables: {LEVEL: '3'},
    resources: {cpus: 2, memory: 1610612736, gpus: 1, time: 5400},
    retries: 2,
    determinism: 'none',
  });
});

test("a kind of one's own is a folder named by a path from the file that says so", () => {
  const folder = relative('/p', join(stagesDirectory, 'prepare'));
  const {plan, printed} = planned(`stages: {mine: {uses: ${folder}, with: {task: chain_sum}}}`);
  expect(printed).toBe('');
  expect(plan?.stages[0]).toMatchObject({kind: 'prepare', folder: join(stagesDirectory, 'prepare')});
});

const PROFILES = `
params:
  steps: {type: integer, default: 100, minimum: 1}
stages:
  problems: {uses: prepare, with: {task: chain_sum}}
  sft: {uses: sft, inputs: {data: "\${problems.demonstrations}"}, with: {steps: "\${params.steps}", schedule: linear}}
  extra: {uses: prepare, with: {task: chain_sum}}
profiles:
  laptop: {}
  small:
    seed: 7
    params: {steps: 5}
    stages: {extra: null, sft: {with: {schedule: null}, resources: {cpus: 2}}}
  other-kind:
    stages: {extra: {uses: command, with: {argv: ["true"]}}}
`;

test('a profile is laid over the pipeline; null removes; -p comes last', () => {
  const small = planned(PROFILES, {profile: 'small', overrides: ['steps=6']}).plan;
  expect(small).toMatchObject({profile: 'small', seed: 7, params: {steps: 6}});
  expect(small?.stages.map(({name}) => name)).toEqual(['problems', 'sft']);
  expect(small?.stages[1]?.params.get('schedule')).toEqual({from: 'literal', value: 'cosine'});
  expect(small?.stages[1]?.resources.cpus).toBe(2);
});

test('an overlay that gives a stage another kind gives it all of that kind’s params', () => {
  const {plan, printed} = planned(PROFILES, {profile: 'other-kind'});
  expect(printed).toBe('');
  expect([...(plan?.stages[2]?.params.keys() ?? [])]).toEqual(['argv']);
});

test('the fields of a map on an axis are read one by one, artifacts too', () => {
  const {plan, printed} = planned(`stages:
  problems: {uses: prepare, with: {task: chain_sum}}
  train:
    matrix: {run: {short: {data: "\${problems.demonstrations}", steps: 5}, long: {data: "\${problems.demonstrations}", steps: 50}}}
    uses: sft
    inputs: {data: "\${matrix.run.data}"}
    with: {steps: "\${matrix.run.steps}"}`);
  expect(printed).toBe('');
  const trained = plan?.stages.slice(1).map(({name, params}) => [name, params.get('steps')]);
  expect(trained).toEqual([
    ['train[short]', {from: 'literal', value: 5}],
    ['train[long]', {from: 'literal', value: 50}],
  ]);
});

test('without --profile the document stands as it is, by the name of the profile that changes nothing', () => {
  expect(planned(PROFILES).plan).toMatchObject({profile: 'laptop', seed: 0, params: {steps: 100}});
  expect(planned(PROFILES, {overrides: ['seed=9']}).plan?.seed).toBe(9);
});

test('what is included is part of the plan, and so is its path', () => {
  const shared = 'stages:\n  problems: {uses: prepare, with: {task: chain_sum}}\n';
  const sha256 = createHash('sha256').update(shared).digest('hex');
  const text = `include: [{file: lib/shared.yaml, sha256: "${sha256}"}]
stages: {sft: {uses: sft, inputs: {data: "\${problems.demonstrations}"}}}`;
  const {plan, printed} = planned(text, {}, {'/p/lib/shared.yaml': shared});
  expect(printed).toBe('');
  expect(plan?.stages.map(({name}) => name)).toEqual(['problems', 'sft']);
  expect(plan?.files.slice(0, 2)).toEqual(['/p/tiny.yaml', '/p/lib/shared.yaml']);
});

test('an unpinned source is a warning, and has no digest', () => {
  const {plan, printed} = planned(`
sources: {base: {s3: s3://bucket/model/, sha256: unpinned, kind: model}}
stages: {score: {uses: evaluate, inputs: {model: "\${sources.base}"}}}`);
  expect(plan?.sources.get('base')).toMatchObject({type: 'tree', digest: undefined, location: {from: 's3'}});
  expect(printed).toMatchInlineSnapshot(`
    "warning[unpinned-source]: source "base" is not pinned: it can be planned, but not run
      tiny.yaml:5:50
         5 | sources: {base: {s3: s3://bucket/model/, sha256: unpinned, kind: model}}
           |                                                  ^^^^^^^^
      help: \`repro lock\` fetches it, shows what it is, and pins it
    "
  `);
});
