import type {Hash} from 'node:crypto';
import {err, ok, type Result} from '../../../schemas/result.ts';
import {LENGTH_BYTES, MOST_HEADER_BYTES, parseHeaderText, type StoredTensor} from './read-header.ts';
import {leafHash} from './tensor-digest.ts';

/** The hash of each tensor of a safetensors file, by name, and the types that they are stored in. */
export interface HashedTensors {
  readonly leaves: ReadonlyMap<string, string>;
  readonly types: ReadonlySet<string>;
}

/** Hashes a safetensors file of a known size tensor by tensor, while its bytes come in pieces. */
export class TensorHasher {
  readonly #size: number;
  readonly #leaves = new Map<string, string>();
  readonly #types = new Set<string>();
  /** The length, then the text: what of the header has come. */
  #head: Buffer = Buffer.alloc(0);
  #tensors: readonly StoredTensor[] | undefined;
  #at = 0;
  #open: {readonly hash: Hash; left: number} | undefined;
  #fault: string | undefined;

  constructor(size: number) {
    this.#size = size;
  }

  push(piece: Uint8Array): void {
    if (this.#fault !== undefined) return;
    const rest = this.#tensors === undefined ? this.#readHead(piece) : piece;
    if (rest !== undefined) this.#readTensors(rest);
  }

  end(): Result<HashedTensors, string> {
    if (this.#fault !== undefined) return err(this.#fault);
    if (this.#tensors === undefined) return err('it ends in its header');
    this.#closeEmpty();
    if (this.#leaves.size < this.#tensors.length) return err('it ends in the middle of a tensor');
    return ok({leaves: this.#leaves, types: this.#types});
  }

  /** What of the piece comes after the header; undefined while that is still coming, or is none. */
  #readHead(piece: Uint8Array): Uint8Array | undefined {
    this.#head = Buffer.concat([this.#head, piece]);
    if (this.#head.length < LENGTH_BYTES) return undefined;
    const length = Number(this.#head.readBigUInt64LE(0));
    if (length > MOST_HEADER_BYTES || LENGTH_BYTES + length > this.#size)
      return this.#refuse(`its header claims ${length} bytes`);
    const from = LENGTH_BYTES + length;
    if (this.#head.length < from) return undefined;
    const header = parseHeaderText(this.#head.subarray(LENGTH_BYTES, from), {from, to: this.#size});
    if (!header.ok) return this.#refuse(header.error);
    this.#tensors = header.value.tensors;
    const rest = this.#head.subarray(from);
    this.#head = Buffer.alloc(0);
    return rest;
  }

  #refuse(why: string): undefined {
    this.#fault = why;
    return undefined;
  }

  #readTensors(piece: Uint8Array): void {
    for (let from = 0; from < piece.length; ) {
      this.#closeEmpty();
      const open = this.#open;
      if (open === undefined) return;
      const part = piece.subarray(from, from + open.left);
      open.hash.update(part);
      open.left -= part.length;
      from += part.length;
    }
    this.#closeEmpty();
  }

  /** Ends the tensor that is whole, and those after it that have no bytes at all; opens the next. */
  #closeEmpty(): void {
    while (this.#tensors !== undefined && (this.#open === undefined || this.#open.left === 0)) {
      const tensor = this.#tensors[this.#at];
      if (tensor === undefined) return;
      if (this.#open === undefined) {
        this.#open = {hash: leafHash(tensor), left: tensor.length};
        this.#types.add(tensor.dtype);
        continue;
      }
      this.#leaves.set(tensor.name, this.#open.hash.digest('hex'));
      this.#open = undefined;
      this.#at++;
    }
  }
}
