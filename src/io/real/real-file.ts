/** One open file, through node:fs. (Direct I/O comes with the native engine.) */
import { type FileHandle } from "node:fs/promises";
import { readSync, writeSync } from "node:fs";
import { fromSystemError, ioError } from "../io-error.js";
import type { File } from "../io.js";

export class RealFile implements File {
  readonly path: string;
  readonly direct = false;
  readonly #handle: FileHandle;
  readonly #busy = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;

  constructor(path: string, handle: FileHandle) {
    this.path = path;
    this.#handle = handle;
  }

  read(position: number, into: Uint8Array): Promise<number> {
    return this.#perform("read", async () => {
      let done = 0;
      while (done < into.length) {
        const { bytesRead } = await this.#handle.read(into, done, into.length - done, position + done);
        if (bytesRead === 0) break;
        done += bytesRead;
      }
      return done;
    });
  }

  readSync(position: number, into: Uint8Array): number {
    this.#check("read");
    return readSync(this.#handle.fd, into, 0, into.length, position);
  }

  write(position: number, from: Uint8Array): Promise<void> {
    return this.#perform("write", async () => {
      for (let done = 0; done < from.length;) {
        done += (await this.#handle.write(from, done, from.length - done, position + done)).bytesWritten;
      }
    });
  }

  writeSync(position: number, from: Uint8Array): void {
    this.#check("write");
    writeSync(this.#handle.fd, from, 0, from.length, position);
  }

  sync(): Promise<void> {
    return this.#perform("sync", () => this.#handle.datasync());
  }

  preallocate(bytes: number): Promise<void> {
    return this.#perform("preallocate", async () => {
      if ((await this.#handle.stat()).size < bytes) await this.#handle.truncate(bytes);
    });
  }

  truncate(bytes: number): Promise<void> {
    return this.#perform("truncate", () => this.#handle.truncate(bytes));
  }

  sizeBytes(): Promise<number> {
    return this.#perform("size", async () => (await this.#handle.stat()).size);
  }

  close(): Promise<void> {
    this.#closing ??= (async () => {
      while (this.#busy.size > 0) await Promise.allSettled(this.#busy);
      await this.#handle.close();
    })();
    return this.#closing;
  }

  async #perform<T>(call: string, act: () => Promise<T>): Promise<T> {
    this.#check(call);
    const promise = act();
    this.#busy.add(promise);
    try {
      return await promise;
    } catch (error) {
      throw fromSystemError(error, call, this.path);
    } finally {
      this.#busy.delete(promise);
    }
  }

  #check(call: string): void {
    if (this.#closing !== undefined) throw ioError("EBADF", call, this.path);
  }
}
