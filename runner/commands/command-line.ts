import {Command, CommanderError} from 'commander';
import {ExitCode} from '../../schemas/exit-code.ts';
import type {EndWith} from '../opening/world/answer.ts';
import type {World} from '../opening/world/world.ts';
import {line} from '../report/lines.ts';
import type {TextSink} from '../report/reporter.ts';

/** `repro …`: what can be typed, and which file answers it. Each command is loaded when it is asked for. */
export async function commandLine(argv: readonly string[], world: World): Promise<number> {
  let code: ExitCode = ExitCode.ok;
  const lines = await linesFor(argv[0]);
  const program = describe(lines, world, (answer) => {
    code = answer;
  });
  try {
    await program.parseAsync([...argv], {from: 'user'});
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
    const {reportTrouble} = await import('../opening/world/report-trouble.ts');
    return reportTrouble(error, world);
  }
}

function describe(lines: readonly Line[], world: World, answer: EndWith): Command {
  const program = new Command('repro')
    .description('Run training pipelines whose results a stranger can check.')
    .version(world.version)
    .exitOverride()
    .configureOutput({
      writeOut: world.out.write,
      writeErr: world.err.write,
      getOutHelpWidth: () => widthOf(world.out),
      getErrHelpWidth: () => widthOf(world.err),
      outputError: (text, write) => write(usageText(text)),
    })
    .configureHelp({showGlobalOptions: true})
    .showSuggestionAfterError(true)
    .addHelpText('after', EXAMPLES);

  for (const add of lines) add(program, world, answer);
  return program;
}

type Line = (program: Command, world: World, answer: EndWith) => void;

/** In the order in which `repro --help` lists them. Of a command that is named no other's flags are loaded. */
const COMMANDS: Readonly<Record<string, () => Promise<Line>>> = {
  run: async () => (await import('./pipeline/run-flags.ts')).runLine,
  plan: async () => (await import('./pipeline/plan-flags.ts')).planLine,
  why: async () => (await import('./pipeline/why-flags.ts')).whyLine,
  check: async () => (await import('./pipeline/check-flags.ts')).checkLine,
  show: async () => (await import('./pipeline/show-flags.ts')).showLine,
  lock: async () => (await import('./pipeline/lock-flags.ts')).lockLine,
  push: async () => (await import('./store/push-flags.ts')).pushLine,
  store: async () => (await import('./store/store-flags.ts')).storeLine,
  keys: async () => (await import('./publish/keys-flags.ts')).keysLine,
  publish: async () => (await import('./publish/publish-flags.ts')).publishLine,
  export: async () => (await import('./publish/export-flags.ts')).exportLine,
  audit: async () => (await import('./audit/audit-flags.ts')).auditLine,
  pull: async () => (await import('./audit/pull-flags.ts')).pullLine,
  trust: async () => (await import('./audit/trust-flags.ts')).trustLine,
  diff: async () => (await import('./compare/diff-flags.ts')).diffLine,
  bisect: async () => (await import('./compare/bisect-flags.ts')).bisectLine,
  replay: async () => (await import('./compare/replay-flags.ts')).replayLine,
  attest: async () => (await import('./compare/attest-flags.ts')).attestLine,
  environment: async () => (await import('./setup/environment-flags.ts')).environmentLine,
  schema: async () => (await import('./setup/schema-flags.ts')).schemaLine,
};

function linesFor(word: string | undefined): Promise<readonly Line[]> {
  const named = word !== undefined && Object.hasOwn(COMMANDS, word) ? COMMANDS[word] : undefined;
  return Promise.all((named === undefined ? Object.values(COMMANDS) : [named]).map((load) => load()));
}

/** What was typed is quoted in it, whatever it holds; a suggestion stands on a line of its own. */
function usageText(text: string): string {
  const [suggestion = ''] = /\n\(Did you mean [^\n]*\)\n$/.exec(text) ?? [];
  return line(text.slice(0, text.length - suggestion.length).trimEnd()) + suggestion.slice(1);
}

function widthOf(sink: TextSink): number {
  return sink.isTerminal ? sink.size().columns : 80;
}

const EXAMPLES = `
Examples:
  repro run pipelines/polaris.yaml                    the whole pipeline, at laptop scale
  repro run pipelines/polaris.yaml -p seed=7          the same with another seed
  repro plan pipelines/polaris.yaml --profile paper   the published recipe's exact commands
  repro why pipelines/polaris.yaml sft                what changed since the last run

Exit codes: 0 done · 1 a stage failed · 2 usage or invalid pipeline · 3 not the same bits ·
            4 store trouble · 5 audit incomplete · 70 a bug in repro · 74 output lost · 75 try again ·
            130 interrupted`;
