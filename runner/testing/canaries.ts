import {mkdirSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {openRig, type Rig} from './rig.ts';

const START = 'canary';
export const CANARY = `${START}-5f3a9c71`;

/** Where people and programs keep what nobody else should see. */
export const SECRET_VARIABLES = [
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'HF_TOKEN',
  'HUGGING_FACE_HUB_TOKEN',
  'WANDB_API_KEY',
  'OPENAI_API_KEY',
  'GITHUB_TOKEN',
  'SSH_AUTH_SOCK',
  'PIP_INDEX_URL',
  'HTTPS_PROXY',
  'KUBECONFIG',
];
export const SECRET_FILES = [
  '.aws/credentials',
  '.ssh/id',
  '.netrc',
  '.config/gh/hosts.yml',
  '.cache/huggingface/token',
  'secret',
];

/** Writes down the secret files that it can read, by either of their names. */
export function readFiles(rig: Rig): string {
  const files = SECRET_FILES.map((file) => `${rig.home}/${file} ~/${file}`).join(' ');
  return `cat ${files} > outputs/out 2>/dev/null; true`;
}

/** And everything else in which a secret could be. It plants one where it may, and must find that. */
export function searchEverywhere(rig: Rig): string {
  return [
    readFiles(rig),
    'env >> outputs/out',
    'cat /proc/*/environ /proc/*/cmdline >> outputs/out; echo >> outputs/out',
    `echo ${START}planted > /tmp/planted`,
    'find / /tmp -xdev -path /repro -prune -o -type f -print > tmp/files',
    `xargs grep -l ${START} < tmp/files >> tmp/found 2> /dev/null`,
    'sed "s/^/FOUND /" tmp/found >> outputs/out',
  ].join('\n');
}

export async function plantSecrets(): Promise<Rig> {
  const variables = Object.fromEntries(SECRET_VARIABLES.map((name) => [name, CANARY]));
  const rig = await openRig({variables});
  for (const file of SECRET_FILES) {
    mkdirSync(dirname(join(rig.home, file)), {recursive: true});
    writeFileSync(join(rig.home, file), CANARY);
  }
  return rig;
}
