import type {World} from '../../opening/world/world.ts';

export interface AWorld extends World {
  readonly printed: () => string;
}

/** A world in a folder, for commands that start no process; what they print is kept. */
export function aWorld(home: string, more: Partial<World> = {}): AWorld {
  let text = '';
  const sink = {
    write: (part: string) => {
      text += part;
    },
    isTerminal: false,
    size: () => ({columns: 100, rows: 40}),
  };
  return {
    directory: home,
    variables: {HOME: home, PATH: process.env.PATH},
    installation: home,
    version: '0.1.0',
    installed: [],
    question: {arguments: [], directory: home, boot: 'boot', version: '0.1.0', cache: `${home}/.cache/repro`},
    machine: {architecture: 'x64', libc: 'glibc 2.36', cpus: 2, memory: 2 ** 33},
    now: () => Date.parse('2026-11-25T00:00:00Z'),
    out: sink,
    err: sink,
    owner: 'boot.1.1',
    isAlive: () => true,
    onInterrupt: () => () => undefined,
    ...more,
    printed: () => text,
  };
}
