import type {ExitCode} from '../../../schemas/exit-code.ts';

/** How a command says what the process ends with. */
export type EndWith = (code: ExitCode) => void;
