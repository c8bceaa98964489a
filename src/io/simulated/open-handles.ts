/**
 * The open files of the simulated process: all its threads share one limit. The files of a thread that died are closed with it.
 */
import { ioError } from "../io-error.js";
import type { Caller } from "./calls.js";

export class OpenHandles {
  /** The most at once so far. */
  most = 0;
  private readonly handles = new Map<object, { caller: Caller; path: string }>();

  constructor(public limit: number) {}

  /** Paths of the files that are open, once for each handle. */
  get paths(): string[] {
    return Array.from(this.living(), ({ path }) => path);
  }

  /** EMFILE when one more is too many. */
  check(path: string): void {
    if (this.handles.size >= this.limit && this.paths.length >= this.limit) throw ioError("EMFILE", "open", path);
    this.most = Math.max(this.most, this.handles.size + 1);
  }

  add(handle: object, caller: Caller, path: string): void {
    this.handles.set(handle, { caller, path });
  }

  remove(handle: object): void {
    this.handles.delete(handle);
  }

  private living(): { path: string }[] {
    for (const [handle, { caller }] of this.handles) if (caller.stopped) this.handles.delete(handle);
    return [...this.handles.values()];
  }
}
