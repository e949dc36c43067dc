import {expect, it} from 'vitest';
import {askProgram} from './ask-program.ts';

it('asks nothing from where the user is: a Python that runs there imports the json.py of whoever’s project it is', async () => {
  expect(process.cwd()).not.toBe('/');
  expect(await askProgram('/bin/sh', ['-c', 'pwd'], '/usr/bin:/bin')).toEqual({ok: true, stdout: '/'});
});
