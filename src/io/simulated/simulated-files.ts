/**
 * The files and directories of the simulated world, as one thread of the simulated process sees them.
 */
import { posix } from "node:path";
import { VarveError } from "../../errors.js";
import type { DurableWrite, File, FileLock, Files, OpenFileOptions } from "../io.js";
import type { Caller, Calls } from "./calls.js";
import type { SimulatedDisk } from "./disk.js";
import type { CallKind } from "./faults.js";
import type { SeededRandom } from "./seeded-random.js";
import type { OpenHandles } from "./open-handles.js";
import { allocateBlocks, SimulatedFile } from "./simulated-file.js";

const metadataMs = 0.05;

export interface FilesSurroundings {
  calls: Calls;
  caller: Caller;
  disk: SimulatedDisk;
  random: SeededRandom;
  /** Whether files may be direct; false is a tmpfs. */
  directSupported: boolean;
  /** The locks that the process holds, by path. */
  locks: Set<string>;
  /** The open files of the process. */
  openHandles: OpenHandles;
}

export class SimulatedFiles implements Files {
  readonly #surroundings: FilesSurroundings;

  constructor(surroundings: FilesSurroundings) {
    this.#surroundings = surroundings;
  }

  allocate(bytes: number): Uint8Array {
    return allocateBlocks(bytes);
  }

  async open(path: string, options: OpenFileOptions): Promise<File> {
    const { disk, directSupported, openHandles } = this.#surroundings;
    return this.#perform("open", [path], () => {
      openHandles.check(path);
      const node = disk.names.find(path);
      let inode = node?.kind === "file" ? node : undefined;
      if (options.access !== "create" || node?.kind === "directory") inode = disk.file(path, "open");
      else if (inode === undefined) inode = disk.createFile(path);
      else disk.resize(inode, 0, path, "open");
      const direct = options.direct && directSupported;
      return new SimulatedFile(path, inode, direct, options.access !== "read", this.#surroundings);
    });
  }

  readSync(path: string, direct: boolean, position: number, into: Uint8Array): number {
    const { calls, caller, disk, directSupported, openHandles } = this.#surroundings;
    const open = (): SimulatedFile => {
      openHandles.check(path);
      const inode = disk.file(path, "open");
      return new SimulatedFile(path, inode, direct && directSupported, false, this.#surroundings);
    };
    const file = calls.performSync(caller, { kind: "open", paths: [path], act: open });
    try {
      return file.readSync(position, into);
    } finally {
      file.closeSync();
    }
  }

  openLimit(): number {
    const { limit } = this.#surroundings.openHandles;
    return Number.isFinite(limit) ? limit : 2 ** 20;
  }

  writeAndSync(writes: readonly DurableWrite[]): Promise<void>[] {
    return writes.map(async ({ file, position, from }) => {
      await file.write(position, from);
      await file.sync();
    });
  }

  async list(directory: string): Promise<string[]> {
    return this.#perform("list", [directory], () => this.#surroundings.disk.list(directory));
  }

  async stat(path: string): Promise<{ kind: "file" | "directory"; sizeBytes: number; deviceId: number } | undefined> {
    return this.#perform("stat", [path], () => {
      const { disk } = this.#surroundings;
      const node = disk.names.find(path);
      if (node === undefined) return undefined;
      if (node.kind === "file") return { kind: "file", sizeBytes: node.sizeBytes, deviceId: node.deviceId };
      return { kind: "directory", sizeBytes: 0, deviceId: disk.deviceOf(path) };
    });
  }

  async makeDirectory(path: string): Promise<void> {
    return this.#change("makeDirectory", [path], () => this.#surroundings.disk.names.makeDirectories(path));
  }

  async remove(path: string): Promise<void> {
    return this.#change("remove", [path], () => this.#surroundings.disk.removeEntry(path));
  }

  async rename(from: string, to: string): Promise<void> {
    return this.#change("rename", [from, to], () => this.#surroundings.disk.renameEntry(from, to));
  }

  async link(from: string, to: string): Promise<void> {
    return this.#change("link", [from, to], () => this.#surroundings.disk.linkEntry(from, to));
  }

  async syncDirectory(path: string): Promise<void> {
    const { names } = this.#surroundings.disk;
    const mark = names.mark();
    return this.#surroundings.calls.perform(this.#surroundings.caller, {
      kind: "syncDirectory",
      paths: [path],
      typicalMs: 0.1,
      act: () => names.sync(names.directory(path, "syncDirectory"), mark),
      lost: () => undefined,
    });
  }

  async freeBytes(path: string): Promise<number> {
    const { disk } = this.#surroundings;
    return this.#perform("freeBytes", [path], () => disk.freeBytesOf(disk.deviceOf(path)));
  }

  async lock(path: string): Promise<FileLock> {
    const { disk, locks } = this.#surroundings;
    const key = posix.resolve("/", path);
    return this.#perform("lock", [path], () => {
      if (locks.has(key)) throw new VarveError("STORE_LOCKED", `${path} is locked by another store`, { path });
      if (disk.names.find(path) === undefined) disk.createFile(path);
      locks.add(key);
      let held = true;
      const release = async (): Promise<void> => {
        if (held) locks.delete(key);
        held = false;
      };
      return { release };
    });
  }

  #perform<T>(kind: CallKind, paths: readonly string[], act: () => T): Promise<T> {
    const { calls, caller } = this.#surroundings;
    return calls.perform(caller, { kind, paths, typicalMs: metadataMs, act });
  }

  /** A change of names, which may take effect at any time while the call runs. */
  #change(kind: CallKind, paths: readonly string[], act: () => void): Promise<void> {
    const { calls, caller } = this.#surroundings;
    return calls.perform(caller, { kind, paths, typicalMs: metadataMs, mayActEarly: true, act });
  }
}
