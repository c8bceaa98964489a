/**
 * One open file of the simulated world.
 *
 * Direct files demand what O_DIRECT demands: positions, lengths and memory in whole blocks, memory from `allocate`.
 * A write's bytes reach the file when it completes; a caller that changed them meanwhile is a violation, which ends
 * the run. Reads take their bytes when they complete, so they see any write that overtook them.
 */
import { ioError } from "../io-error.js";
import { blockBytes, type File } from "../io.js";
import { type Caller, type Calls, effectOf, type Request } from "./calls.js";
import type { SimulatedDisk } from "./disk.js";
import type { Fault } from "./faults.js";
import { type ByteRun, type Inode, someSectors } from "./inode.js";
import type { OpenHandles } from "./open-handles.js";
import type { SeededRandom } from "./seeded-random.js";

/** The typical times of a fast SSD. */
const readMs = 0.08;
const writeMs = 0.03;
const syncMs = 0.1;
const metadataMs = 0.05;

/** Marks the buffers that `allocateBlocks` made; a WeakSet of them would burden every collection of garbage. */
const isAligned = Symbol("aligned");
interface MarkedBuffer extends ArrayBuffer {
  [isAligned]?: true;
}

/** Memory that a simulated direct file accepts. */
export function allocateBlocks(bytes: number): Uint8Array {
  const memory = new Uint8Array(Math.ceil(bytes / blockBytes) * blockBytes);
  (memory.buffer as MarkedBuffer)[isAligned] = true;
  return memory;
}

export interface FileSurroundings {
  calls: Calls;
  caller: Caller;
  disk: SimulatedDisk;
  random: SeededRandom;
  openHandles: OpenHandles;
}

export class SimulatedFile implements File {
  readonly path: string;
  readonly direct: boolean;
  readonly #inode: Inode;
  readonly #writable: boolean;
  readonly #calls: Calls;
  readonly #caller: Caller;
  readonly #disk: SimulatedDisk;
  readonly #random: SeededRandom;
  readonly #openHandles: OpenHandles;
  readonly #busy = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;

  constructor(path: string, inode: Inode, direct: boolean, writable: boolean, surroundings: FileSurroundings) {
    this.path = path;
    this.direct = direct;
    this.#inode = inode;
    this.#writable = writable;
    this.#calls = surroundings.calls;
    this.#caller = surroundings.caller;
    this.#disk = surroundings.disk;
    this.#random = surroundings.random;
    this.#openHandles = surroundings.openHandles;
    this.#openHandles.add(this, this.#caller, path);
    this.#disk.retain(inode);
  }

  async read(position: number, into: Uint8Array): Promise<number> {
    this.#check("read", position, into);
    return this.#perform({ kind: "read", typicalMs: readMs, act: (faults) => this.#readNow(position, into, faults) });
  }

  readSync(position: number, into: Uint8Array): number {
    this.#check("read", position, into);
    return this.#calls.performSync(this.#caller, {
      kind: "read",
      paths: [this.path],
      act: (faults) => this.#readNow(position, into, faults),
    });
  }

  async write(position: number, from: Uint8Array): Promise<void> {
    this.#check("write", position, from);
    if (this.#calls.halted || this.#caller.stopped) return new Promise(() => undefined);
    // Up to completion the kernel may take the caller's memory at any time: a crash sees what is there then.
    const run: ByteRun = { position, bytes: from };
    const before = from.slice();
    const runs = this.#calls.inFlight.get(this.#inode) ?? [];
    this.#calls.inFlight.set(this.#inode, [...runs, run]);
    const land = (): Uint8Array => {
      this.#landed(run);
      if (Buffer.compare(before, from) !== 0) this.#calls.violate("a buffer changed while it was written", this.path);
      return before;
    };
    return this.#perform({
      kind: "write",
      typicalMs: writeMs,
      act: (faults) => this.#writeNow(position, land(), faults),
      failing: (errno) => this.#writePart(position, land(), errno),
      lost: () => void land(),
    });
  }

  writeSync(position: number, from: Uint8Array): void {
    this.#check("write", position, from);
    const bytes = from.slice();
    this.#calls.performSync(this.#caller, {
      kind: "write",
      paths: [this.path],
      act: (faults) => this.#writeNow(position, bytes, faults),
      failing: (errno) => this.#writePart(position, bytes, errno),
      lost: () => undefined,
    });
  }

  async sync(): Promise<void> {
    this.#check("sync");
    const mark = this.#inode.mark();
    return this.#perform({
      kind: "sync",
      typicalMs: syncMs,
      act: () => this.#inode.sync(mark),
      failing: () => this.#inode.failSync(mark, this.#random),
      lost: () => undefined,
    });
  }

  async preallocate(bytes: number): Promise<void> {
    this.#check("write");
    const act = (): void => {
      if (bytes > this.#inode.sizeBytes) this.#disk.resize(this.#inode, bytes, this.path, "preallocate");
    };
    return this.#perform({ kind: "preallocate", typicalMs: metadataMs, act });
  }

  async truncate(bytes: number): Promise<void> {
    this.#check("write");
    const act = (): void => this.#disk.resize(this.#inode, bytes, this.path, "truncate");
    return this.#perform({ kind: "truncate", typicalMs: metadataMs, act });
  }

  async sizeBytes(): Promise<number> {
    this.#check("size");
    return this.#perform({ kind: "size", typicalMs: 0.01, act: () => this.#inode.sizeBytes });
  }

  close(): Promise<void> {
    this.#closing ??= this.#closeOnce();
    return this.#closing;
  }

  async #closeOnce(): Promise<void> {
    while (this.#busy.size > 0) await Promise.allSettled(this.#busy);
    return this.#perform({ kind: "close", typicalMs: 0.01, act: () => this.#release() });
  }

  /** The end of a blocking read that opened the file for itself. */
  closeSync(): void {
    this.#closing ??= Promise.resolve();
    this.#release();
  }

  #release(): void {
    this.#openHandles.remove(this);
    this.#disk.release(this.#inode);
  }

  #perform<T>(request: Omit<Request<T>, "paths">): Promise<T> {
    const promise = this.#calls.perform(this.#caller, { ...request, paths: [this.path] });
    this.#busy.add(promise);
    const done = (): void => void this.#busy.delete(promise);
    promise.then(done, done);
    return promise;
  }

  #readNow(position: number, into: Uint8Array, faults: readonly Fault[]): number {
    const [inode, from] = this.#target(position, faults);
    const bytesRead = inode.read(from, into);
    const flip = effectOf(faults, "flip");
    for (let bit = 0; flip !== undefined && bytesRead > 0 && bit < (flip.bits ?? 1); bit++) {
      const offset = flip.offset ?? this.#random.below(bytesRead);
      into[offset] = (into[offset] ?? 0) ^ (1 << (bit === 0 ? this.#random.below(8) : bit % 8));
    }
    return bytesRead;
  }

  #writeNow(position: number, bytes: Uint8Array, faults: readonly Fault[]): void {
    const tear = effectOf(faults, "tear");
    const [inode, to] = this.#target(position, faults);
    if (tear === undefined) {
      this.#disk.write(inode, to, bytes, this.path);
    } else if (tear.keepBytes !== undefined) {
      this.#disk.write(inode, to, bytes.subarray(0, tear.keepBytes), this.path);
    } else {
      this.#writeSectors(inode, { position: to, bytes });
    }
  }

  /** A write that failed for want of room or permission did nothing; any other may have done part. */
  #writePart(position: number, bytes: Uint8Array, errno: string): void {
    if (errno === "EIO") this.#writeSectors(this.#inode, { position, bytes });
  }

  #writeSectors(inode: Inode, run: ByteRun): void {
    for (const { position, bytes } of someSectors(run, this.#random, this.#random.fraction())) {
      this.#disk.write(inode, position, bytes, this.path);
    }
  }

  #target(position: number, faults: readonly Fault[]): [Inode, number] {
    const misdirect = effectOf(faults, "misdirect");
    if (misdirect === undefined) return [this.#inode, position];
    const inode = misdirect.toPath === undefined ? this.#inode : this.#disk.file(misdirect.toPath, "misdirect");
    return [inode, position + (misdirect.byBytes ?? 0)];
  }

  #landed(run: ByteRun): void {
    const runs = (this.#calls.inFlight.get(this.#inode) ?? []).filter((other) => other !== run);
    if (runs.length === 0) this.#calls.inFlight.delete(this.#inode);
    else this.#calls.inFlight.set(this.#inode, runs);
  }

  #check(call: string, position = 0, memory?: Uint8Array): void {
    if (this.#closing !== undefined) throw ioError("EBADF", call, this.path);
    if (call === "write" && !this.#writable) throw ioError("EBADF", call, this.path);
    if (!Number.isSafeInteger(position) || position < 0) throw ioError("EINVAL", call, this.path);
    if (!this.direct || memory === undefined) return;
    const aligned = (position | memory.byteOffset | memory.length) % blockBytes === 0 && position % blockBytes === 0;
    // Shared memory comes from other threads and cannot be told apart here.
    const fit = memory.buffer instanceof SharedArrayBuffer || (memory.buffer as MarkedBuffer)[isAligned] === true;
    if (!aligned || !fit) throw ioError("EINVAL", call, this.path);
  }
}
