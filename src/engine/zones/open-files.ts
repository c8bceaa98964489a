/**
 * The open descriptors of a store's segment readers: at most `limit`, closed where idle longest, opened again when read.
 *
 * Invariants: a descriptor counts from before its opening until its closing has ended, so that `count` never exceeds `limit`; one with a
 * use in flight is not closed; who waits for room holds none. What a slow zone holds is written off (`writeOff`): it counts no more, so that
 * a zone that hangs can not take the room of the others, and is closed as soon as it answers.
 * Owned by the store, on its thread. Blocking reads of a file that is not open pass by: one descriptor more, while the call lasts.
 */
import type { File, Files } from "../../io/io.js";

/** What a process needs beside its readers: node, threads, locks, log, manifest, jobs; see the README. */
const reservedFiles = 64;
export const leastOpenFiles = 8;

/** The bound that follows from the process's limit: half of what is not reserved. */
function defaultOpenFiles(processLimit: number): number {
  return Math.max(leastOpenFiles, Math.floor((processLimit - reservedFiles) / 2));
}

export class OpenFiles {
  private taken = 0;
  private turn = 0;
  /** Open and not in use, the longest idle first. */
  private readonly idle = new Set<Descriptor>();
  private readonly waiting: (() => void)[] = [];

  private constructor(readonly limit: number) {}

  /** With the bound that the option gives or, where it is 0, that follows from the process's limit. */
  static make({ openFiles }: { openFiles: number }, files: Files): OpenFiles {
    return new OpenFiles(openFiles === 0 ? defaultOpenFiles(files.openLimit()) : openFiles);
  }

  get count(): number {
    return this.taken;
  }

  get hasRoom(): boolean {
    return this.taken < this.limit;
  }

  /** Which copy a reader begins with: readers take turns, so that load spreads over the zones. */
  nextTurn(): number {
    return this.turn++;
  }

  /** Resolves when one more may be opened; in the order of the calls as far as room comes. */
  async take(): Promise<void> {
    while (!this.hasRoom) {
      const victim = this.idle.values().next().value;
      if (victim === undefined) await new Promise<void>((resolve) => this.waiting.push(resolve));
      else await victim.close();
    }
    this.taken++;
  }

  giveBack(): void {
    this.taken--;
    this.waiting.shift()?.();
  }

  noteIdle(descriptor: Descriptor): void {
    this.idle.add(descriptor);
    this.waiting.shift()?.();
  }

  noteBusy(descriptor: Descriptor): void {
    this.idle.delete(descriptor);
  }

  /** For a process that has come to its limit: closes half of what is idle. Never rejects. */
  async closeIdle(): Promise<void> {
    const victims = [...this.idle].slice(0, Math.ceil(this.idle.size / 2));
    await Promise.all(victims.map((descriptor) => descriptor.close()));
  }
}

/** How a descriptor is opened and closed; `close` must not reject. */
export interface DescriptorCalls {
  open: () => Promise<File>;
  close: (file: File) => Promise<void>;
}

/** One copy's descriptor, open or not. */
export class Descriptor {
  /** How often it was opened. */
  openings = 0;
  private file: File | undefined;
  private opening: Promise<File> | undefined;
  private users = 0;
  private isCounted = false;
  private isRetired = false;

  constructor(
    private readonly pool: OpenFiles,
    private readonly calls: DescriptorCalls,
  ) {}

  /** For a blocking read: not to be kept over a turn of the event loop. */
  get openFile(): File | undefined {
    return this.file;
  }

  /** Opens the file if it is not, and keeps it open while `work` lasts. */
  async use<T>(work: (file: File) => Promise<T>): Promise<T> {
    if (this.users++ === 0) this.pool.noteBusy(this);
    try {
      return await work(this.file ?? (await this.openShared()));
    } finally {
      this.users--;
      this.rest();
    }
  }

  /** It does not answer: what it holds counts no more. */
  writeOff(): void {
    if (!this.isCounted) return;
    this.isCounted = false;
    this.pool.giveBack();
  }

  /** Closes it when its uses have ended, for good. */
  async retire(): Promise<void> {
    this.isRetired = true;
    await this.opening?.catch(() => undefined);
    await this.close();
  }

  /** Closes it; a later use opens it again. `File.close` waits for what is in flight. */
  async close(): Promise<void> {
    const { file, isCounted } = this;
    if (file === undefined) return;
    this.file = undefined;
    this.isCounted = false;
    this.pool.noteBusy(this);
    await this.calls.close(file);
    if (isCounted) this.pool.giveBack();
  }

  private rest(): void {
    if (this.users > 0 || this.file === undefined) return;
    if (this.isRetired || !this.isCounted) void this.close();
    else this.pool.noteIdle(this);
  }

  private openShared(): Promise<File> {
    this.opening ??= this.openOnce().finally(() => (this.opening = undefined));
    return this.opening;
  }

  private async openOnce(): Promise<File> {
    await this.pool.take();
    this.isCounted = true;
    try {
      this.file = await this.calls.open();
    } catch (error) {
      this.writeOff();
      throw error;
    }
    this.openings++;
    return this.file;
  }
}
