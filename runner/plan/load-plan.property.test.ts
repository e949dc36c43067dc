// biome-ignore-all lint/suspicious/noTemplateCurlyInString: pipelines are full of them.

import {expect, test} from 'vitest';
import fc from '../../artifacts/testing/properties.ts';
import type {Plan} from '../../schemas/plan.ts';
import {planned} from './testing/planned.ts';

/** On a machine that is busy with other things. */
const SLOW = {timeout: 60_000};

type Tree = string | {readonly [key: string]: Tree};

const PIPELINE: Tree = {
  repro: '1',
  name: 'tiny',
  seed: '7',
  environments: {default: 'host', other: 'host'},
  params: {rounds: {type: 'integer', default: '2'}, rate: {type: 'number', default: '1e-3'}},
  sources: {base: {https: '"https://example.org/m"', sha256: `"${'a'.repeat(64)}"`, kind: 'model'}},
  stages: {
    problems: {uses: 'prepare', with: {task: 'chain_sum', count: '5'}},
    rl: {
      chain: {
        rounds: '"${params.rounds}"',
        start: {model: '"${sources.base}"', problems: '"${problems.problems}"'},
        next: {model: '"${train.model}"', problems: '"${drop.problems}"'},
        stages: {
          train: {
            uses: 'grpo',
            with: {learning_rate: '"${params.rate}"'},
            inputs: {model: '"${chain.model}"', problems: '"${chain.problems}"'},
          },
          drop: {
            uses: 'drop-easy',
            inputs: {problems: '"${chain.problems}"', rollouts: '"${train.rollouts}"'},
          },
        },
      },
    },
    evaluate: {
      matrix: {model: {base: '"${sources.base}"', rl: '"${rl.model}"'}, bench: '[a, b]'},
      uses: 'evaluate',
      inputs: {model: '"${matrix.model}"'},
    },
    table: {
      uses: 'compare',
      inputs: {reports: '"${evaluate[*].report}"'},
      resources: {cpus: '2', memory: '1GiB'},
    },
  },
};

/** All that a plan says, apart from where it was written and in which order. */
function meaning(plan: Plan | undefined) {
  const stages = (plan?.stages ?? []).map(({place: _, ...stage}) => stage);
  stages.sort((a, b) => (a.name < b.name ? -1 : 1));
  const sources = [...(plan?.sources ?? [])].map(([, {place: _, ...source}]) => source);
  return {seed: plan?.seed, params: {...plan?.params}, environments: plan?.environments, sources, stages};
}

/** The tree as YAML, with its keys in an order and with comments that `choose` decides. */
function write(tree: Tree, choose: (limit: number) => number, indent = ''): string {
  if (typeof tree === 'string') return ` ${tree}${choose(4) === 0 ? '   # a comment: with ${braces}' : ''}\n`;
  const keys = Object.keys(tree);
  let text = '\n';
  while (keys.length > 0) {
    const [key = ''] = keys.splice(choose(keys.length), 1);
    if (choose(5) === 0) text += `${indent}# another\n\n`;
    text += `${indent}${choose(3) === 0 ? `"${key}"` : key}:${write(tree[key] ?? '', choose, `${indent}  `)}`;
  }
  return text;
}

test('the order of keys, comments and quotes change nothing of a plan but its order', SLOW, () => {
  const expected = planned(write(PIPELINE, (limit) => limit - limit)).plan;
  expect(expected?.stages).toHaveLength(10);
  fc.assert(
    fc.property(fc.infiniteStream(fc.nat()), (numbers) => {
      const choose = (limit: number) => (numbers.next().value ?? 0) % limit;
      const {plan, printed} = planned(write(PIPELINE, choose));
      expect(printed).toBe('');
      expect(meaning(plan)).toEqual(meaning(expected));
      expectSorted(plan);
    }),
    {numRuns: 40},
  );
});

function expectSorted(plan: Plan | undefined): void {
  const before = new Set<string>();
  for (const stage of plan?.stages ?? []) {
    for (const name of stage.dependsOn) expect(before).toContain(name);
    before.add(stage.name);
  }
}

const WORDS =
  `repro name stages params profiles sources include environments uses with inputs outputs chain matrix
rounds start next kind type default sft grpo prepare model problems * & ! | > ? - : , { } [ ] # % @ \` " ' $ \${ }
\${sft.model} \${chain.x} \${matrix.a} \${a[*].b} 1 -1 1e999 0x1 ~ null true <<`
    .split(/\s+/)
    .concat(['\n', '\n  ', '\n    ', ': ', '- ', '\t', '\r\n', '\u00e9', '\ud800']);

test('no text whatsoever makes the loader throw', SLOW, () => {
  const soup = fc.array(fc.constantFrom(...WORDS), {maxLength: 60}).map((words) => words.join(''));
  fc.assert(
    fc.property(fc.oneof(soup, fc.string({unit: 'binary'})), (text) => {
      planned(text);
    }),
    {numRuns: 400},
  );
});

test(
  'no document whatsoever makes the planner throw, and each error is printed with a next step',
  SLOW,
  () => {
    const key = fc.constantFrom(...WORDS.filter((word) => /^[a-z]+$/.test(word)), 'a', 'b');
    const {tree} = fc.letrec<{tree: unknown}>((tie) => ({
      tree: fc.oneof(
        {maxDepth: 6},
        fc.constantFrom(
          '${a.model}',
          '${b[*].x}',
          '${chain.a}',
          '${',
          'sft',
          'grpo',
          'prepare',
          'command',
          'host',
        ),
        fc.oneof(
          fc.integer(),
          fc.boolean(),
          fc.constant(null),
          fc.double({noNaN: true, noDefaultInfinity: true}),
        ),
        fc.array(tie('tree'), {maxLength: 3}),
        fc.dictionary(key, tie('tree'), {maxKeys: 5}),
      ),
    }));
    const document = fc.record({
      repro: fc.constant(1),
      name: fc.constant('tiny'),
      stages: tree,
      params: tree,
      profiles: tree,
    });
    const stage = fc.record(
      {uses: fc.constantFrom('sft', 'grpo', 'command'), with: tree, inputs: tree, matrix: tree, chain: tree},
      {requiredKeys: []},
    );
    const staged = fc.record({
      repro: fc.constant(1),
      name: fc.constant('tiny'),
      environments: fc.constant({x: 'host'}),
      stages: fc.dictionary(key, stage, {maxKeys: 4}),
    });
    fc.assert(
      fc.property(fc.oneof(document, staged), (json) => {
        const {printed} = planned(JSON.stringify(json));
        const errors = printed.match(/^error\[/gm)?.length ?? 0;
        expect(printed.match(/^ {2}help: /gm)?.length ?? 0).toBeGreaterThanOrEqual(errors);
      }),
      {numRuns: 300},
    );
  },
);
