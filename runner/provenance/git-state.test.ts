import {execFileSync} from 'node:child_process';
import {mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {temporaryDirectory} from '../../artifacts/testing/temporary-directory.ts';
import {gitState} from './git-state.ts';
import {Project, VARIABLES} from './testing/project.ts';

/** Everything in a repository by which git executes a program, and the plain command that shows that it would. */
interface Trap {
  readonly name: string;
  readonly set: (project: Project) => void;
  readonly control: readonly string[];
}

const attributes = (project: Project, line: string) => {
  mkdirSync(join(project.folder, '.git', 'info'), {recursive: true});
  writeFileSync(join(project.folder, '.git', 'info', 'attributes'), `${line}\n`);
  project.touch();
};
const hook = (project: Project, folder: string) => {
  mkdirSync(folder, {recursive: true});
  symlinkSync(project.canary, join(folder, 'post-index-change'));
  project.touch();
};
/** Without a blob's or a tree's bytes, in a clone that promises to fetch them. */
const forget = (project: Project, what: string) => {
  const oid = project.git('rev-parse', what).trim();
  rmSync(join(project.folder, '.git', 'objects', oid.slice(0, 2), oid.slice(2)));
  project.config(
    'core.repositoryFormatVersion=1',
    'extensions.partialClone=origin',
    'remote.origin.promisor=true',
  );
  project.config('remote.origin.fetch=+refs/heads/*:refs/x/*', 'remote.origin.partialCloneFilter=blob:none');
};

const TRAPS: readonly Trap[] = [
  {name: 'core.fsmonitor', set: (project) => project.config('core.fsmonitor'), control: ['status']},
  {
    name: 'core.fsmonitor of an included file',
    set: (project) => {
      writeFileSync(join(project.folder, '.git', 'more'), `[core]\nfsmonitor = ${project.canary}\n`);
      project.config('include.path=more');
    },
    control: ['status'],
  },
  {
    name: 'filter.*.clean',
    set: (project) => {
      project.config('filter.x.clean');
      attributes(project, '* filter=x');
    },
    control: ['status'],
  },
  {
    name: 'filter.*.process, required',
    set: (project) => {
      project.config('filter.x.process', 'filter.x.required=true');
      attributes(project, '* filter=x');
    },
    control: ['status'],
  },
  {
    name: 'filter.*.clean by .gitattributes, of a file that changed',
    set: (project) => {
      project.write('.gitattributes', '*.txt filter=x\n');
      project.commit();
      project.config('filter.x.clean');
      project.write('a.txt', 'two\n');
    },
    control: ['status'],
  },
  {
    name: '.git/hooks',
    set: (project) => hook(project, join(project.folder, '.git', 'hooks')),
    control: ['status'],
  },
  {
    name: 'core.hooksPath',
    set: (project) => {
      project.config(`core.hooksPath=${project.folder}/.git/mine`);
      hook(project, join(project.folder, '.git', 'mine'));
    },
    control: ['status'],
  },
  {
    name: 'diff.external',
    set: (project) => {
      project.config('diff.external');
      project.write('a.txt', 'two\n');
    },
    control: ['diff'],
  },
  {
    name: 'diff.*.command',
    set: (project) => {
      project.config('diff.x.command');
      attributes(project, '* diff=x');
      project.write('a.txt', 'two\n');
    },
    control: ['diff'],
  },
  {
    name: 'diff.*.textconv',
    set: (project) => {
      project.config('diff.x.textconv');
      attributes(project, '* diff=x');
      project.write('a.txt', 'two\n');
    },
    control: ['diff'],
  },
  {name: 'alias.*', set: (project) => project.config('alias.st=!CANARY'), control: ['st']},
  {
    name: 'core.sshCommand',
    set: (project) => project.config('core.sshCommand', 'remote.origin.url=ssh://h.example/r'),
    control: ['fetch'],
  },
  {
    name: 'core.gitProxy',
    set: (project) => project.config('core.gitProxy', 'remote.origin.url=git://h.example/r'),
    control: ['fetch'],
  },
  {
    name: 'protocol.ext.allow',
    set: (project) => project.config('protocol.ext.allow=always', 'remote.origin.url=ext::CANARY'),
    control: ['fetch'],
  },
  {
    name: 'a partial clone without its tree, by ext::',
    set: (project) => {
      forget(project, 'HEAD^{tree}');
      project.config('protocol.ext.allow=always', 'remote.origin.url=ext::CANARY');
    },
    control: ['status'],
  },
  {
    name: 'a partial clone without its tree, by ssh',
    set: (project) => {
      forget(project, 'HEAD^{tree}');
      project.config('core.sshCommand', 'remote.origin.url=ssh://h.example/r');
    },
    control: ['status'],
  },
  {
    name: 'a partial clone without a file, by uploadpack',
    set: (project) => {
      forget(project, 'HEAD:a.txt');
      project.config('remote.origin.uploadpack', `remote.origin.url=${project.folder}`);
      project.write('a.txt', 'two\n');
    },
    control: ['diff'],
  },
  {
    name: 'a submodule with core.fsmonitor',
    set: (project) => {
      const inner = join(project.folder, 'inner');
      mkdirSync(inner);
      project.git('-C', inner, 'init', '--quiet');
      project.git('-C', inner, 'commit', '--quiet', '--allow-empty', '-m', 'x');
      writeFileSync(join(inner, 'b'), 'b');
      project.git('-C', inner, 'add', 'b');
      project.git('-C', inner, 'commit', '--quiet', '-m', 'y');
      project.commit();
      project.git('-C', inner, 'config', 'core.fsmonitor', project.canary);
    },
    control: ['status'],
  },
  {
    name: 'a .git file that leads elsewhere',
    set: (project) => {
      project.config('core.fsmonitor');
      const elsewhere = join(temporaryDirectory(), 'elsewhere');
      renameSync(join(project.folder, '.git'), elsewhere);
      project.write('.git', `gitdir: ${elsewhere}\n`);
    },
    control: ['status'],
  },
];

describe('the state of a repository', () => {
  it.for(TRAPS)('executes nothing by $name', async ({set, control}) => {
    const project = new Project();
    set(project);
    project.executed();
    expect(await project.state()).not.toBeNull();
    expect(project.executed()).toBe(0);
    // The control: git itself, as a user would call it, does.
    project.tries(...control);
    expect(project.executed()).toBeGreaterThan(0);
  });

  it('is not that of a bare repository that lies in the folder, nor of a work tree elsewhere', async () => {
    const project = new Project();
    const inner = join(project.folder, 'bare');
    project.git('init', '--quiet', '--bare', inner);
    writeFileSync(
      join(inner, 'config'),
      `[core]\nbare = false\nworktree = /\nfsmonitor = ${project.canary}\n`,
    );
    project.executed();
    const commit = project.commit();
    expect(await project.state(inner)).toEqual({commit, clean: true, remote: null});
    project.config('core.worktree=/');
    expect(await project.state()).toEqual({commit, clean: true, remote: null});
    expect(project.executed()).toBe(0);
  });

  it('is null outside of one, and before the first commit', async () => {
    expect(await gitState(temporaryDirectory(), VARIABLES)).toBeNull();
    const folder = temporaryDirectory();
    execFileSync('git', ['init', '--quiet', folder]);
    expect(await gitState(folder, VARIABLES)).toBeNull();
    expect(await gitState(folder, {PATH: '/nowhere'})).toBeNull();
  });

  it('is not waited for when its configuration is a pipe', async () => {
    const project = new Project();
    execFileSync('mkfifo', [join(project.folder, '.git', 'pipe')]);
    project.config('include.path=pipe');
    expect(await gitState(project.folder, VARIABLES, 500)).toBeNull();
  });
});

describe('the remote', () => {
  it('is the one that git would ask, without its secrets', async () => {
    const project = new Project();
    project.git('remote', 'add', 'zebra', 'https://z.example/r');
    expect((await project.state())?.remote).toBe('https://z.example/r');
    project.git('remote', 'add', 'origin', 'lab:r');
    project.config('url.https://user:s3cr3tTOKENx@h.example/.insteadOf=lab:');
    project.config('remote.origin.pushurl=https://user:s3cr3tTOKENx@h.example/push');
    expect((await project.state())?.remote).toBe('https://h.example/r');
  });
});
