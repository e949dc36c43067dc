import type {Json} from '../../schemas/canonical-json.ts';
import type {Receipt} from '../../schemas/receipt.ts';
import type {ExportFiles} from './export-files.ts';
import type {PublishableRun} from './publishable.ts';

/** A README.md as the Hugging Face hub reads it: front matter with the evaluation's results, then words for people. */
export function modelCard(run: PublishableRun): ExportFiles {
  return {documents: new Map([['README.md', `${frontMatter(run)}${readme(run)}`]]), artifacts: new Map()};
}

interface Result {
  readonly stage: string;
  readonly metric: string;
  readonly value: number;
}

/** Numbers that stages of an evaluating kind computed. */
function resultsOf({receipts}: PublishableRun): readonly Result[] {
  return [...receipts].flatMap(([stage, {document, values}]) =>
    document.kind.startsWith('evaluate')
      ? Object.entries(values).flatMap(([metric, value]) =>
          typeof value === 'number' ? [{stage, metric, value}] : [],
        )
      : [],
  );
}

/** YAML of the JSON kind for texts, so that nothing that an author wrote can be anything else than text. */
function frontMatter(run: PublishableRun): string {
  const {pipeline} = run.record;
  const results = resultsOf(run);
  const stages = [...new Set(results.map(({stage}) => stage))];
  return [
    '---',
    `license: ${quoted(run.license.toLowerCase())}`,
    'tags:',
    '- repro',
    ...(results.length === 0
      ? []
      : [
          'model-index:',
          `- name: ${quoted(pipeline.name)}`,
          '  results:',
          ...stages.flatMap((stage) => indexEntry(stage, results)),
        ]),
    '---',
    '',
    '',
  ].join('\n');
}

function indexEntry(stage: string, results: readonly Result[]): readonly string[] {
  const metrics = results.filter((result) => result.stage === stage);
  return [
    '  - task:',
    '      type: text-generation',
    '    dataset:',
    `      name: ${quoted(datasetOf(stage))}`,
    `      type: ${quoted(datasetOf(stage))}`,
    '    metrics:',
    ...metrics.flatMap(({metric, value}) => [
      `    - type: ${quoted(metric)}`,
      `      value: ${value}`,
      `      name: ${quoted(`${metric} of ${stage}`)}`,
    ]),
  ];
}

/** `evaluate[aime24,rl]` is about aime24; `evaluate` about what the pipeline holds out. */
function datasetOf(stage: string): string {
  return /\[([^\],]+)/.exec(stage)?.[1] ?? stage;
}

/** What a person reads of a run: what it gave, from what, and how to check it. */
export function readme(run: PublishableRun): string {
  const {pipeline, git} = run.record;
  return [
    `# ${inline(pipeline.name)}`,
    '',
    ...(pipeline.description === null ? [] : [inline(pipeline.description), '']),
    `By ${pipeline.authors.map(({name}) => inline(name)).join(', ')}. License: ${inline(run.license)}.`,
    ...citation(pipeline.citation),
    '',
    '## Results',
    '',
    ...resultTable(resultsOf(run)),
    '',
    '## How it was made',
    '',
    `Run \`${run.digest}\`, profile ${inline(pipeline.profile)}, seed ${pipeline.seed}${commit(git)}.`,
    '',
    '| stage | kind | output | SHA-256 |',
    '| --- | --- | --- | --- |',
    ...[...run.receipts].flatMap(([stage, receipt]) => stageRows(stage, receipt)),
    '',
    'The digest of a folder is that of its manifest, which lists every file with its own.',
    '',
    '## How to check it',
    '',
    'Every stage is recorded with its code, its inputs, its environment and the hardware it ran on, and signed by the author.',
    '`repro audit URL --key KEY` checks a published run without executing anything, and `repro replay` makes it again,',
    'bit for bit on the same class of hardware. The author’s `repro publish` prints the line to use.',
    '',
  ].join('\n');
}

function citation(cited: Json): readonly string[] {
  if (cited === null) return [];
  return [
    '',
    '## Citation',
    '',
    ...(typeof cited === 'string' ? [inline(cited)] : ['```json', JSON.stringify(cited, null, 2), '```']),
  ];
}

function commit(git: PublishableRun['record']['git']): string {
  return git === null
    ? ''
    : `, commit \`${git.commit}\`${git.clean ? '' : ' with changes that were not committed'}`;
}

function resultTable(results: readonly Result[]): readonly string[] {
  if (results.length === 0) return ['No stage of this run evaluates a model.'];
  return [
    '| stage | metric | value |',
    '| --- | --- | --- |',
    ...results.map(({stage, metric, value}) => `| ${inline(stage)} | ${inline(metric)} | ${value} |`),
  ];
}

function stageRows(stage: string, {document, outputs}: Receipt): readonly string[] {
  const made = Object.entries(outputs);
  if (made.length === 0) return [`| ${inline(stage)} | ${inline(document.kind)} | – | – |`];
  return made.map(
    ([name, {digest}]) =>
      `| ${inline(stage)} | ${inline(document.kind)} | ${inline(name)} | \`${digest.slice('sha256:'.length)}\` |`,
  );
}

/** A stranger's words in our document: no table, link, heading or tag comes of them. */
function inline(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll(/[\\`*_{}[\]<>()#+!|~]/g, '\\$&');
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
