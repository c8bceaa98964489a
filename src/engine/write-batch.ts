/**
 * WriteBatch: a group of entries, over any trees of one store, that is applied and recovered whole or not at all.
 *
 * It holds the payload of a log frame (grammar in src/native.ts, "Memtables"), so that writing it is one copy. It keeps no
 * reference to the keys and values it was given. It belongs to one caller at a time and may be written again or cleared.
 */
import { VarveError } from "../errors.js";
import type { Bytes, TreeContract, WriteBatchContract } from "./contract.js";
import { entryTypes } from "../entry-types.js";
import { isBytes, utf8ByteLength } from "./bytes.js";
import { TreeMemtables } from "./memtable/memtables.js";

/** What writing a batch needs to know of a tree. */
export interface BatchTree extends TreeContract {
  readonly id: number;
  readonly memtables: TreeMemtables;
  /** Whether the tree was dropped or its store closed. */
  readonly invalid: boolean;
}

const initialBytes = 256;
/** A varint of 32 bits takes at most five bytes; type byte and three varints bound a record's overhead. */
const recordOverheadBytes = 1 + 3 * 5;

export class WriteBatch implements WriteBatchContract {
  private buffer = Buffer.allocUnsafe(initialBytes);
  private end = 0;
  private count = 0;
  /** The trees it names, so that the store can refuse trees that are gone or not its own. */
  private readonly named = new Set<BatchTree>();

  put(tree: TreeContract, key: Bytes, value: Bytes): this {
    this.record(checkTree(tree), entryTypes.put, key, value);
    return this;
  }

  delete(tree: TreeContract, key: Bytes): this {
    this.record(checkTree(tree), entryTypes.delete, key, undefined);
    return this;
  }

  get length(): number {
    return this.count;
  }

  /** Bytes of its payload. */
  get byteLength(): number {
    return this.end;
  }

  /** Its payload, valid until the next change. */
  get payload(): Uint8Array {
    return this.buffer.subarray(0, this.end);
  }

  get trees(): Iterable<BatchTree> {
    return this.named;
  }

  clear(): void {
    this.end = 0;
    this.count = 0;
    this.named.clear();
  }

  /** The same entries in memory of their own. */
  copy(): WriteBatch {
    const copy = new WriteBatch();
    copy.buffer = Buffer.from(this.payload);
    copy.end = this.end;
    copy.count = this.count;
    for (const tree of this.named) copy.named.add(tree);
    return copy;
  }

  private record(tree: BatchTree, type: number, key: Bytes, value: Bytes | undefined): void {
    if (!isBytes(key) || (value !== undefined && !isBytes(value))) {
      throw new VarveError("INVALID_ARGUMENT", "keys and values are Uint8Arrays or strings");
    }
    const keyLength = utf8ByteLength(key);
    const valueLength = value === undefined ? 0 : utf8ByteLength(value);
    this.reserve(recordOverheadBytes + keyLength + valueLength);
    this.buffer[this.end++] = type;
    this.varint(tree.id);
    this.bytes(key, keyLength);
    if (value !== undefined) this.bytes(value, valueLength);
    this.named.add(tree);
    this.count++;
  }

  private reserve(bytes: number): void {
    const needed = this.end + bytes;
    if (needed <= this.buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(needed, 2 * this.buffer.length));
    grown.set(this.buffer.subarray(0, this.end));
    this.buffer = grown;
  }

  private varint(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.buffer[this.end++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.buffer[this.end++] = rest;
  }

  private bytes(bytes: Bytes, length: number): void {
    this.varint(length);
    if (typeof bytes === "string") this.buffer.write(bytes, this.end, length, "utf8");
    else this.buffer.set(bytes, this.end);
    this.end += length;
  }
}

function checkTree(tree: TreeContract): BatchTree {
  if ("memtables" in tree && tree.memtables instanceof TreeMemtables) return tree as BatchTree;
  throw new VarveError("INVALID_ARGUMENT", "a batch takes trees that store.tree(name) gave");
}
