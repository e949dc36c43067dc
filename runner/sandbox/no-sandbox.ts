import type {Sandbox} from './sandbox.ts';

/**
 * The honest fallback: the stage gets the declared environment and its own directory, but nothing
 * keeps it from reading the rest of the machine or the network. The receipt says so.
 */
export const noSandbox: Sandbox = {
  name: 'none',
  workingDirectory: (scratch) => scratch,
  environmentDirectory: (home) => home,
  confine(argv, environment) {
    const [program, ...rest] = argv;
    if (program === undefined) throw new RangeError('an empty command');
    return {argv: [program, ...rest], environment, guard: undefined};
  },
  interpret: (exit) => exit,
};
