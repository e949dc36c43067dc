import {existsSync, readdirSync} from 'node:fs';
import {homedir} from 'node:os';
import {join} from 'node:path';

/** An environment that the stages' lock built, where some run or test has built one. */
export function pythonWithTorch(): string | undefined {
  const folder = join(homedir(), '.cache/repro/environments');
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const built = names.map((name) => join(folder, name, 'bin/python')).filter((path) => existsSync(path));
  return built.find((python) => {
    const library = join(python, '../../lib');
    return readdirSync(library).some((version) => existsSync(join(library, version, 'site-packages/torch')));
  });
}
