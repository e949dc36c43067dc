import {existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync} from 'node:fs';
import {connect, type Socket} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {z} from 'zod';
import type {CliProcess} from './cli-process.ts';
import type {StageText} from './pipeline-text.ts';
import type {Rig} from './rig.ts';

/**
 * A stage that does what a test tells it, and nothing by itself: no sleep decides what comes first. It listens at a socket
 * in its scratch directory, which the test can reach, inside a sandbox or not. Signals it only reports.
 */
export function told(name: string, more: StageText = {}): StageText {
  return {
    uses: 'command',
    with: {argv: ['python', '-c', PROGRAM, name]},
    outputs: {out: {kind: 'text', type: 'blob'}},
    determinism: 'bitwise',
    reuse: 'same-class',
    ...more,
  };
}

const PROGRAM = `
import json, os, signal, socket, sys
server = socket.socket(socket.AF_UNIX)
# Whoever finds it under its last name finds it listening.
server.bind('tmp/growing')
server.listen()
os.rename('tmp/growing', 'tmp/told-' + sys.argv[1])
client = server.accept()[0]
def say(**words):
    client.sendall(json.dumps(words).encode() + b'\\n')
for each in (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1):
    signal.signal(each, lambda number, _: say(signal=signal.Signals(number).name))
say(begun=sys.argv[1])
for line in client.makefile('r'):
    order = json.loads(line)
    if 'exit' in order:
        os._exit(order['exit'])
    with open(order['to'], 'w') as file:
        file.write(order['write'])
    say(written=order['to'])
`;

const Said = z.union([
  z.strictObject({begun: z.string()}),
  z.strictObject({signal: z.string()}),
  z.strictObject({written: z.string()}),
]);
type Said = z.infer<typeof Said>;

/** The test's end of it. Waiting ends with the stage, or with the test's own time. */
export class ToldStage implements Disposable {
  readonly #socket: Socket;
  readonly #lines: AsyncIterator<string>;
  readonly #folder: string;

  private constructor(socket: Socket, folder: string) {
    this.#socket = socket;
    this.#lines = createInterface({input: socket})[Symbol.asyncIterator]();
    this.#folder = folder;
  }

  /** Resolves once the stage has begun. @throws where the command ends before */
  static async begun(rig: Rig, name: string, running: CliProcess): Promise<ToldStage> {
    let place = findSocket(rig, name);
    for (; place === undefined; place = findSocket(rig, name)) {
      if (running.hasEnded) throw new Error(`${name} never began:\n${running.transcript()}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    // The path of a socket may be 107 bytes long, and a scratch directory's is not ours to choose.
    const folder = mkdtempSync(join(tmpdir(), 'told-'));
    symlinkSync(place, join(folder, 's'));
    const stage = new ToldStage(connect(join(folder, 's', `told-${name}`)), folder);
    await stage.hears({begun: name});
    return stage;
  }

  /** @throws where it says something else, or ends */
  async hears(expected: Said): Promise<void> {
    const {value, done} = await this.#lines.next();
    if (done === true) throw new Error(`the stage ended and never said ${JSON.stringify(expected)}`);
    const said = JSON.stringify(Said.parse(JSON.parse(value)));
    if (said !== JSON.stringify(expected)) throw new Error(`the stage said ${said}`);
  }

  async write(to: string, text: string): Promise<void> {
    this.#tell({write: text, to});
    await this.hears({written: to});
  }

  exit(code: number): void {
    this.#tell({exit: code});
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
    rmSync(this.#folder, {recursive: true, force: true});
  }

  #tell(order: object): void {
    this.#socket.write(`${JSON.stringify(order)}\n`);
  }
}

function findSocket(rig: Rig, name: string): string | undefined {
  const scratches = join(rig.store, 'scratch');
  if (!existsSync(scratches)) return undefined;
  return readdirSync(scratches)
    .map((scratch) => join(scratches, scratch, 'tmp'))
    .find((folder) => existsSync(join(folder, `told-${name}`)));
}
