/**
 * One open file descriptor: who uses it, and how far its blocks are known to be overwritten in place.
 *
 * The descriptor is closed only when no operation on it is in flight, so that its number cannot name another file under
 * an operation. `written` says up to where a write changes nothing but data: the blocks are mapped and written, and a flush of
 * this very file has made that durable (an extent that the file system's journal has not committed would be lost with a
 * power cut, whatever the device flushed).
 */
import { close, fstat, ftruncate } from "node:fs";
import { promisify } from "node:util";
import { native } from "../../native.js";
import { fromSystemError, ioError } from "../io-error.js";

const closeDescriptor = promisify(close);
const statDescriptor = promisify(fstat);
const truncateDescriptor = promisify(ftruncate);

export interface DescriptorFacts {
  path: string;
  fd: number;
  direct: boolean;
  writable: boolean;
  deviceId: number;
  /** Whether it was empty when it was opened. */
  empty: boolean;
}

export class OpenDescriptor {
  readonly path: string;
  readonly fd: number;
  readonly writable: boolean;
  readonly deviceId: number;
  #direct: boolean;
  #inFlight = 0;
  #whenIdle: (() => void) | undefined;
  #closing: Promise<void> | undefined;
  /** Up to where writes have completed without a gap. */
  #landedBytes = 0;
  /** Up to where they are also durable, metadata and all. */
  #writtenBytes = 0;
  #measured: boolean;

  constructor(facts: DescriptorFacts) {
    this.path = facts.path;
    this.fd = facts.fd;
    this.#direct = facts.direct;
    this.writable = facts.writable;
    this.deviceId = facts.deviceId;
    this.#measured = facts.empty;
  }

  get direct(): boolean {
    return this.#direct;
  }

  get writtenBytes(): number {
    return this.#writtenBytes;
  }

  /** What is wrong with a call on the file now, as an errno; undefined when nothing is. */
  refusal(writes: boolean): string | undefined {
    return this.#closing !== undefined || (writes && !this.writable) ? "EBADF" : undefined;
  }

  /** Goes on without O_DIRECT, where the file system turns out to refuse it. */
  makeBuffered(): void {
    native.ioMakeBuffered(this.fd);
    this.#direct = false;
  }

  /** An operation begins that uses the descriptor. */
  began(): void {
    this.#inFlight++;
  }

  ended(): void {
    if (--this.#inFlight === 0) this.#whenIdle?.();
  }

  landed(position: number, length: number): void {
    if (position <= this.#landedBytes) this.#landedBytes = Math.max(this.#landedBytes, position + length);
  }

  /** Before a flush of this file: what it will have made durable, for `flushed` once it has succeeded. */
  mark(): number {
    if (!this.#measured) {
      this.#measured = true;
      this.#landedBytes = Math.max(this.#landedBytes, native.ioWrittenPrefixBytes(this.fd));
    }
    return this.#landedBytes;
  }

  flushed(mark: number): void {
    // A truncation since then may have taken some of it back.
    this.#writtenBytes = Math.max(this.#writtenBytes, Math.min(mark, this.#landedBytes));
  }

  async sizeBytes(): Promise<number> {
    return this.#use("size", async () => (await statDescriptor(this.fd)).size);
  }

  async truncate(bytes: number): Promise<void> {
    this.#landedBytes = Math.min(this.#landedBytes, bytes);
    this.#writtenBytes = Math.min(this.#writtenBytes, bytes);
    return this.#use("truncate", () => truncateDescriptor(this.fd, bytes));
  }

  close(): Promise<void> {
    this.#closing ??= this.#closeOnce();
    return this.#closing;
  }

  async #closeOnce(): Promise<void> {
    if (this.#inFlight > 0) {
      await new Promise<void>((resolve) => {
        this.#whenIdle = resolve;
      });
    }
    try {
      await closeDescriptor(this.fd);
    } catch (error) {
      throw fromSystemError(error, "close", this.path);
    }
  }

  async #use<T>(call: string, act: () => Promise<T>): Promise<T> {
    const refusal = this.refusal(call === "truncate");
    if (refusal !== undefined) throw ioError(refusal, call, this.path);
    this.began();
    try {
      return await act();
    } catch (error) {
      throw fromSystemError(error, call, this.path);
    } finally {
      this.ended();
    }
  }
}
