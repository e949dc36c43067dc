import type {Artifact} from '../../schemas/artifact.ts';
import {canonicalJson, type Json} from '../../schemas/canonical-json.ts';
import type {KeyDocument, Receipt1} from '../../schemas/receipt.ts';
import {digestOfBytes} from '../hashing.ts';
import {keyOf} from '../receipts/key-of.ts';

export interface Variation {
  readonly facts?: Readonly<Record<string, string>>;
  readonly values?: Readonly<Record<string, Json>>;
  readonly kind?: string;
}

/** A receipt that holds together; only what a test is about needs saying. */
export function aReceipt(outputs: Readonly<Record<string, Artifact>>, variation: Variation = {}): Receipt1 {
  const {facts = {cpu: 'x86-64-v3', threads: '1'}, values = {temperature: 1.1}, kind = 'grpo'} = variation;
  const document = aKeyDocument(kind, outputs);
  return {
    receipt: 1,
    key: keyOf(document),
    document,
    outputs,
    values,
    hardware: {digest: digestOfBytes(canonicalJson(facts)), facts},
    execution: {
      sandbox: 'bubblewrap',
      startedAt: '2026-01-02T03:04:05Z',
      seconds: 12.5,
      attempts: 1,
      resumed: 0,
      effective: {threads: 1},
      metrics: null,
      log: null,
      reproVersion: '0.1.0',
    },
  };
}

function aKeyDocument(kind: string, outputs: Readonly<Record<string, Artifact>>): KeyDocument {
  const declared = Object.entries(outputs).map(([name, {type}]) => [name, {type, kind: name}] as const);
  return {
    key: 1,
    kind,
    command: ['python', 'stage/main.py'],
    code: digestOfBytes('code'),
    sdk: digestOfBytes('sdk'),
    params: {learning_rate: 0.001, lengths: [1, 2]},
    seed: 42,
    inputs: {problems: digestOfBytes('problems'), models: {sft: digestOfBytes('sft')}},
    outputs: Object.fromEntries(declared),
    values: {temperature: 'number'},
    environment: {type: 'python', lock: digestOfBytes('lock'), python: '3.11'},
    variables: {},
    contract: {OMP_NUM_THREADS: '1'},
    network: false,
  };
}
