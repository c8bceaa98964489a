/**
 * One open file of the real machine: the calls of `File` over a descriptor and the thread's native engine.
 *
 * A file system that took O_DIRECT at open and refuses it at the first transfer makes the file buffered, once.
 */
import { VarveError } from "../../errors.js";
import { native } from "../../native.js";
import { errnoName, ioError } from "../io-error.js";
import { blockBytes, type File } from "../io.js";
import { foreignMemory, nativeEngine } from "./native-engine.js";
import type { OpenDescriptor } from "./open-descriptor.js";

export class RealFile implements File {
  readonly descriptor: OpenDescriptor;
  /** Whether a direct transfer has succeeded, so that EINVAL is no longer a refusal of O_DIRECT. */
  #proven = false;

  constructor(descriptor: OpenDescriptor) {
    this.descriptor = descriptor;
  }

  get path(): string {
    return this.descriptor.path;
  }

  get direct(): boolean {
    return this.descriptor.direct;
  }

  async read(position: number, into: Uint8Array): Promise<number> {
    this.#check("read", position, into);
    return this.#transfer(() => nativeEngine().read(this.descriptor, position, into));
  }

  readSync(position: number, into: Uint8Array): number {
    this.#check("read", position, into);
    return this.#now("read", native.ioReadSync(this.descriptor.fd, this.direct, position, into));
  }

  async write(position: number, from: Uint8Array): Promise<void> {
    this.#check("write", position, from);
    return this.#transfer(() => nativeEngine().write(this.descriptor, position, from));
  }

  writeSync(position: number, from: Uint8Array): void {
    this.#check("write", position, from);
    this.#now("write", native.ioWriteSync(this.descriptor.fd, this.direct, position, from));
    this.descriptor.landed(position, from.length);
  }

  async sync(): Promise<void> {
    this.#check("sync");
    return nativeEngine().sync(this.descriptor);
  }

  async preallocate(bytes: number): Promise<void> {
    this.#check("write");
    if (bytes > 0) await nativeEngine().allocate(this.descriptor, bytes);
  }

  async truncate(bytes: number): Promise<void> {
    return this.descriptor.truncate(bytes);
  }

  async sizeBytes(): Promise<number> {
    return this.descriptor.sizeBytes();
  }

  close(): Promise<void> {
    return this.descriptor.close();
  }

  /** What is wrong with a durable write of this, as an errno; undefined when nothing is. */
  refusal(position: number, from: Uint8Array): string | undefined {
    const refusal = this.descriptor.refusal(true);
    if (refusal !== undefined) return refusal;
    return this.#isWellFormed(position, from) ? undefined : "EINVAL";
  }

  #check(call: "read" | "write" | "sync", position = 0, bytes?: Uint8Array): void {
    const refusal = this.descriptor.refusal(call === "write");
    if (refusal !== undefined) throw ioError(refusal, call, this.path);
    if (!this.#isWellFormed(position, bytes)) throw ioError("EINVAL", call, this.path);
  }

  #isWellFormed(position: number, bytes: Uint8Array | undefined): boolean {
    if (!Number.isSafeInteger(position) || position < 0) return false;
    // The native side checks the address.
    return !this.direct || bytes === undefined || (position % blockBytes === 0 && bytes.length % blockBytes === 0);
  }

  #now(call: string, result: number): number {
    if (result < 0) throw ioError(errnoName(-result), call, this.path);
    return result;
  }

  async #transfer<T>(run: () => Promise<T>): Promise<T> {
    if (this.#proven || !this.direct) return run();
    try {
      const result = await run();
      this.#proven = true;
      return result;
    } catch (error) {
      const refused = error instanceof VarveError && error.errno === "EINVAL" && error.cause !== foreignMemory;
      if (!refused) throw error;
      this.descriptor.makeBuffered();
      return run();
    }
  }
}
