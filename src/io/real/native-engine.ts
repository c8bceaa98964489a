/**
 * JavaScript's side of the native I/O engine: one a thread, started by its first operation.
 *
 * An operation is a number; here stands what it settles. The entry also keeps the operation's buffer alive, which the
 * native side relies on. Results come in batches, many a turn of the event loop. The loop stays alive while anything is in flight.
 * VARVE_IO_ENGINE=uring or threads forces an engine; otherwise it is io_uring where the kernel allows it.
 */
import { VarveError } from "../../errors.js";
import { ioOperation, native } from "../../native.js";
import { errnoName, ioError } from "../io-error.js";
import type { OpenDescriptor } from "./open-descriptor.js";

const resultsPerBatch = 512;
const names = ["read", "write", "sync", "preallocate"] as const;

/** The cause of an EINVAL that is the caller's and not the file system's. */
export const foreignMemory = "the memory is not from Files.allocate, or not at a multiple of a block in it";

/** A durable write as a member of a group. */
const groupWrite = 4;

interface Operation {
  operation: number;
  descriptor: OpenDescriptor;
  position: number;
  bytes: Uint8Array | undefined;
  sizeBytes: number;
  resolve: (result: number) => void;
  reject: (error: VarveError) => void;
}

export class NativeEngine {
  /** "uring" or "threads". */
  readonly name: string;
  readonly #pairs = new Float64Array(2 * resultsPerBatch);
  readonly #operations: (Operation | undefined)[] = [];
  readonly #freeIds: number[] = [];

  constructor(wanted = process.env.VARVE_IO_ENGINE ?? "") {
    this.name = native.ioStart(wanted, this.#pairs, (count) => this.#deliver(count));
    if (this.name === "") {
      throw new VarveError("IO_ERROR", `VARVE_IO_ENGINE=${wanted} is refused by the kernel; unset it`, {
        errno: "ENOSYS",
      });
    }
  }

  read(descriptor: OpenDescriptor, position: number, into: Uint8Array): Promise<number> {
    return this.#submit(ioOperation.read, descriptor, position, into, 0);
  }

  async write(descriptor: OpenDescriptor, position: number, from: Uint8Array): Promise<void> {
    await this.#submit(ioOperation.write, descriptor, position, from, 0);
    descriptor.landed(position, from.length);
  }

  async sync(descriptor: OpenDescriptor): Promise<void> {
    const mark = descriptor.mark();
    await this.#submit(ioOperation.sync, descriptor, 0, undefined, 0);
    descriptor.flushed(mark);
  }

  async allocate(descriptor: OpenDescriptor, sizeBytes: number): Promise<void> {
    await this.#submit(ioOperation.allocate, descriptor, 0, undefined, sizeBytes);
  }

  /** Starts a group of durable writes of whole blocks; undefined when the memory of one is not aligned. `device`: as for `ioSubmitGroup`. */
  submitGroup(
    slot: number,
    device: number,
    eager: boolean,
    writes: readonly { descriptor: OpenDescriptor; position: number; from: Uint8Array }[],
  ): Promise<number>[] | undefined {
    const numbers = new Float64Array(3 * writes.length);
    const ids: number[] = [];
    const promises = writes.map(({ descriptor, position, from }, index) => {
      return new Promise<number>((resolve, reject) => {
        const id = this.#enter({
          operation: groupWrite,
          descriptor,
          position,
          bytes: from,
          sizeBytes: 0,
          resolve,
          reject,
        });
        ids.push(id);
        numbers.set([id, descriptor.fd, position], 3 * index);
      });
    });
    const buffers = writes.map(({ from }) => from);
    if (native.ioSubmitGroup(slot, device, eager, numbers, buffers) === 0) return promises;
    for (const id of ids) this.#leave(id);
    return undefined;
  }

  /**
   * Settles what has its result by now; else that happens when the event loop is told of it. False when other threads wait for the
   * processor that the looking takes.
   */
  poll(): boolean {
    const count = native.ioPoll();
    if (count > 0) this.#deliver(count);
    return count >= 0;
  }

  /** Ends the sharing of the group's flush. */
  separate(slot: number): void {
    native.ioSeparate(slot);
  }

  #submit(
    operation: number,
    descriptor: OpenDescriptor,
    position: number,
    bytes: Uint8Array | undefined,
    sizeBytes: number,
  ): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#start({ operation, descriptor, position, bytes, sizeBytes, resolve, reject });
    });
  }

  #start(operation: Operation): void {
    const { descriptor, position, bytes, sizeBytes } = operation;
    const id = this.#enter(operation);
    const refused = native.ioSubmit(
      operation.operation,
      id,
      descriptor.fd,
      descriptor.direct,
      position,
      bytes,
      sizeBytes,
    );
    if (refused !== 0) {
      this.#leave(id);
      this.#fail(operation, refused, foreignMemory);
    }
  }

  #enter(operation: Operation): number {
    const id = this.#freeIds.pop() ?? this.#operations.length;
    this.#operations[id] = operation;
    operation.descriptor.began();
    return id;
  }

  #leave(id: number): Operation | undefined {
    const operation = this.#operations[id];
    this.#operations[id] = undefined;
    this.#freeIds.push(id);
    operation?.descriptor.ended();
    return operation;
  }

  #deliver(count: number): void {
    // The array is filled anew only after this returns.
    for (let index = 0; index < count; index++) {
      const result = this.#pairs[2 * index + 1] ?? 0;
      const operation = this.#leave(this.#pairs[2 * index] ?? 0);
      if (operation === undefined) continue;
      if (result >= 0) operation.resolve(result);
      else this.#fail(operation, result);
    }
  }

  #fail(operation: Operation, result: number, cause?: string): void {
    const call = names[operation.operation] ?? "durable write";
    operation.reject(ioError(errnoName(-result), call, operation.descriptor.path, cause));
  }
}

let engine: NativeEngine | undefined;

/** This thread's engine. */
export function nativeEngine(): NativeEngine {
  engine ??= new NativeEngine();
  return engine;
}
