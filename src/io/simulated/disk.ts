/**
 * The disk of a simulated world: names and files, the room on its devices, and what a crash leaves of them.
 *
 * The upper half is what the simulated `Files` calls; the lower half is for tests, which read and damage files past the
 * program: such changes are durable at once and count no call.
 */
import { posix } from "node:path";
import { VarveError } from "../../errors.js";
import { ioError } from "../io-error.js";
import { type ByteRun, Inode } from "./inode.js";
import { Namespace, type Node } from "./namespace.js";
import type { SeededRandom } from "./seeded-random.js";

export interface DiskOptions {
  /** The room of each device; files may grow while it lasts. */
  capacityBytes: number;
  /** Which device holds the path. */
  deviceOf: (path: string) => number;
}

export type CrashMode = "power" | "kill";

export class SimulatedDisk {
  readonly #options: DiskOptions;
  #names = new Namespace();
  readonly #usedBytes = new Map<number, number>();
  /** The room of each device; a test may change it at any time. */
  capacityBytes: number;

  constructor(options: DiskOptions) {
    this.#options = options;
    this.capacityBytes = options.capacityBytes;
  }

  get names(): Namespace {
    return this.#names;
  }

  deviceOf(path: string): number {
    return this.#options.deviceOf(path);
  }

  freeBytesOf(deviceId: number): number {
    return Math.max(0, this.capacityBytes - (this.#usedBytes.get(deviceId) ?? 0));
  }

  file(path: string, call: string): Inode {
    const node = this.#names.find(path);
    if (node === undefined) throw ioError("ENOENT", call, path);
    if (node.kind !== "file") throw ioError("EISDIR", call, path);
    return node;
  }

  createFile(path: string): Inode {
    const inode = new Inode(this.deviceOf(path));
    this.#names.set(path, inode, "open");
    this.retain(inode);
    return inode;
  }

  /** Counts one more name or open file. */
  retain(inode: Inode): void {
    if (inode.references++ === 0) this.#account(inode.deviceId, inode.allocatedBytes);
  }

  release(inode: Inode): void {
    if (--inode.references === 0) this.#account(inode.deviceId, -inode.allocatedBytes);
  }

  /** Runs a change of the file's size; ENOSPC, and no change, when the device has no room for it. */
  resize(inode: Inode, sizeBytes: number, path: string, call: string): void {
    const before = inode.allocatedBytes;
    if (sizeBytes - before > this.freeBytesOf(inode.deviceId)) throw ioError("ENOSPC", call, path);
    inode.resize(sizeBytes);
    this.#account(inode.deviceId, inode.allocatedBytes - before);
  }

  /** Takes `bytes` over. */
  write(inode: Inode, position: number, bytes: Uint8Array, path: string): void {
    const end = position + bytes.length;
    if (end > inode.sizeBytes) this.resize(inode, end, path, "write");
    inode.write(position, bytes);
  }

  removeEntry(path: string): void {
    const node = this.#names.find(path);
    if (node === undefined) throw ioError("ENOENT", "remove", path);
    if (node.kind === "directory" && node.entries.size > 0) throw ioError("ENOTEMPTY", "remove", path);
    this.#names.set(path, undefined, "remove");
    if (node.kind === "file") this.release(node);
  }

  renameEntry(from: string, to: string): void {
    const node = this.#names.find(from);
    if (node === undefined) throw ioError("ENOENT", "rename", from);
    const replaced = this.#names.find(to);
    if (replaced === node) return;
    if (replaced?.kind === "directory" && node.kind === "file") throw ioError("EISDIR", "rename", to);
    if (replaced?.kind === "directory" && replaced.entries.size > 0) throw ioError("ENOTEMPTY", "rename", to);
    if (this.deviceOf(from) !== this.deviceOf(to)) throw ioError("EXDEV", "rename", from);
    this.#names.rename(from, to, node);
    if (replaced?.kind === "file") this.release(replaced);
  }

  linkEntry(from: string, to: string): void {
    const inode = this.file(from, "link");
    if (this.#names.find(to) !== undefined) throw ioError("EEXIST", "link", to);
    if (this.deviceOf(from) !== this.deviceOf(to)) throw ioError("EXDEV", "link", from);
    this.#names.set(to, inode, "link");
    this.retain(inode);
  }

  /** The disk that a crash leaves; this one stays as it is, so that many crashes of one moment can be tried. */
  afterCrash(mode: CrashMode, inFlight: ReadonlyMap<Inode, ByteRun[]>, random: SeededRandom): SimulatedDisk {
    const copy = new SimulatedDisk({ ...this.#options, capacityBytes: this.capacityBytes });
    const copyFile = (inode: Inode): Inode =>
      mode === "power"
        ? inode.afterPowerCut(inFlight.get(inode) ?? [], random)
        : inode.afterKill(inFlight.get(inode) ?? [], random);
    copy.#names = mode === "power" ? this.#names.afterPowerCut(random, copyFile) : this.#names.afterKill(copyFile);
    for (const inode of copy.#names.files()) copy.retain(inode);
    return copy;
  }

  // For tests.

  exists(path: string): boolean {
    return this.#names.find(path) !== undefined;
  }

  list(directory: string): string[] {
    return this.#names.list(directory);
  }

  /** A copy of what a reader would see. */
  readFile(path: string): Uint8Array {
    const inode = this.file(path, "readFile");
    const bytes = new Uint8Array(inode.sizeBytes);
    inode.read(0, bytes);
    return bytes;
  }

  /** Replaces the file's content (the file and its directories are made when missing), durably. */
  writeFile(path: string, bytes: Uint8Array): void {
    this.#names.makeDirectories(posix.dirname(path));
    const inode = this.#fileOrUndefined(path) ?? this.createFile(path);
    this.resize(inode, 0, path, "writeFile");
    this.write(inode, 0, bytes.slice(), path);
    inode.settle();
    this.#names.settle();
  }

  /** Overwrites bytes in the middle of a file, durably. */
  patch(path: string, position: number, bytes: Uint8Array): void {
    const inode = this.file(path, "patch");
    this.write(inode, position, bytes.slice(), path);
    inode.settle();
  }

  /** Flips one bit, durably. */
  flip(path: string, offset: number, bit = 0): void {
    const inode = this.file(path, "flip");
    const byte = new Uint8Array(1);
    if (inode.read(offset, byte) !== 1) {
      throw new VarveError("INVALID_ARGUMENT", `${path} has no byte ${offset} to flip`, { path, offset });
    }
    this.patch(
      path,
      offset,
      byte.map((value) => value ^ (1 << bit)),
    );
  }

  truncate(path: string, sizeBytes: number): void {
    const inode = this.file(path, "truncate");
    this.resize(inode, sizeBytes, path, "truncate");
    inode.settle();
  }

  makeDirectory(path: string): void {
    this.#names.makeDirectories(path);
    this.#names.settle();
  }

  /** Removes a file, durably. */
  remove(path: string): void {
    this.removeEntry(path);
    this.#names.settle();
  }

  rename(from: string, to: string): void {
    this.renameEntry(from, to);
    this.#names.settle();
  }

  /** Removes a directory with all that is in it, durably. */
  removeDirectory(path: string): void {
    for (const name of this.list(path)) {
      const inner = posix.join(path, name);
      if (this.#names.find(inner)?.kind === "directory") this.removeDirectory(inner);
      else this.removeEntry(inner);
    }
    this.removeEntry(path);
    this.#names.settle();
  }

  #fileOrUndefined(path: string): Inode | undefined {
    const node: Node | undefined = this.#names.find(path);
    return node === undefined ? undefined : this.file(path, "writeFile");
  }

  #account(deviceId: number, bytes: number): void {
    this.#usedBytes.set(deviceId, (this.#usedBytes.get(deviceId) ?? 0) + bytes);
  }
}
