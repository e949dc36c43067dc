import type {Digest} from '../../schemas/digest.ts';
import type {Receipt} from '../../schemas/receipt.ts';
import type {FoundReceipt, PutReceipt, ReceiptLookup, ReceiptStore} from '../receipt-store.ts';
import type {RemoteSide} from './remote-side.ts';

/** Receipts here, then there. What is put is put here at once; `sent` hears of it, and sends it on. */
export class TieredReceipts implements ReceiptStore {
  readonly #local: ReceiptStore;
  readonly #remote: RemoteSide;
  readonly #classes: readonly Digest[] | undefined;
  readonly #send: (receipt: Receipt) => void;
  /** What the remote store said in this run. */
  readonly #answers = new Map<Digest, Promise<ReceiptLookup>>();

  constructor(
    local: ReceiptStore,
    remote: RemoteSide,
    options: {readonly classes: readonly Digest[] | undefined; readonly send: (receipt: Receipt) => void},
  ) {
    this.#local = local;
    this.#remote = remote;
    this.#classes = options.classes;
    this.#send = options.send;
  }

  async lookup(key: Digest, classes = this.#classes): Promise<ReceiptLookup> {
    const here = await this.#local.lookup(key);
    if (fits(here.receipts, classes)) return here;
    const there = await this.#askRemote(key, classes);
    const known = new Set(here.receipts.map(({hardware}) => hardware.digest));
    return {
      receipts: [...here.receipts, ...there.receipts.filter(({hardware}) => !known.has(hardware.digest))],
      damaged: [...here.damaged, ...there.damaged],
    };
  }

  async put(receipt: Receipt): Promise<PutReceipt> {
    const put = await this.#local.put(receipt);
    // The first result stands, here as there; a second one that differs is only told.
    if (put.state !== 'nondeterminism') this.#send(put.receipt);
    return put;
  }

  all(): AsyncIterable<FoundReceipt> {
    return this.#local.all();
  }

  #askRemote(key: Digest, classes: readonly Digest[] | undefined): Promise<ReceiptLookup> {
    const asked =
      this.#answers.get(key) ?? this.#remote.ask(NONE, ({receipts}) => receipts.lookup(key, classes ?? []));
    this.#answers.set(key, asked);
    return asked;
  }
}

const NONE: ReceiptLookup = {receipts: [], damaged: []};

function fits(receipts: readonly Receipt[], classes: readonly Digest[] | undefined): boolean {
  if (classes === undefined) return receipts.length > 0;
  return receipts.some(({hardware}) => classes.includes(hardware.digest));
}
