/** What the argument and `--store` mean to the commands that give a run away. */
export const RUN = 'a folder in .repro/runs, or the start of a run’s digest (default: the last)';
export const STORE = 'the store that has it: a folder, or a configured name (default: as when it ran)';
