/**
 * The version set: the current version of the store, the versions that readers still use, and the end of files that none uses.
 *
 * Invariants: a version becomes current only when its edit is durable in the manifest; edits become current in the order in which the
 * manifest took them. A file is deleted only when neither the current version nor a pinned one has it, and never before
 * the edit that removed it is durable. A file that an edit removes and adds (a trivial move) lives on.
 * How: versions have serial numbers; the edit that made version s retired some files; they go when no pin below s is left.
 * Owned by the store, on its thread.
 */
import { invariant, VarveError } from "../../errors.js";
import type { StoreContext } from "../context.js";
import type { BadCopy } from "../sstable/open-sstable.js";
import { removeQuietly, type SSTableSet } from "../sstable/sstable-set.js";
import { withDeadline } from "../zones/deadline.js";
import { parseFileName, temporarySuffix } from "../zones/file-names.js";
import { placedFiles, type Version, type VersionEdit } from "./version.js";

/** What the version set needs of the manifest; `Manifest` (manifest.ts) has it. */
export interface VersionLog {
  readonly version: Version;
  /** Makes the edit durable and returns the version after it. */
  apply(edit: VersionEdit): Promise<Version>;
}

/** A version whose files stay. */
export interface PinnedVersion {
  readonly version: Version;
  /** Idempotent. */
  release(): void;
}

export class VersionSet {
  /** Called, in the turn of the change, after every edit that touches trees. */
  onChange: (treeIds: Set<number>) => void = () => undefined;
  private version: Version;
  private serial = 0;
  /** Open pins, by serial number of their version. */
  private readonly pins = new Map<number, number>();
  /** How often the current version names each file. */
  private readonly references = new Map<number, number>();
  /** Files out of the current version that older ones may have: gone from version `serial` on. */
  private retired: { fileNumber: number; serial: number }[] = [];
  private applying: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly context: StoreContext,
    private readonly manifest: VersionLog,
    private readonly sstables: SSTableSet,
  ) {
    this.version = manifest.version;
    for (const { treeId, file } of placedFiles(this.version)) {
      this.references.set(file.number, (this.references.get(file.number) ?? 0) + 1);
      sstables.register(file, treeName(this.version, treeId));
    }
  }

  get current(): Version {
    return this.version;
  }

  /** Resolves when the edit is durable in the manifest and current; edits go one after the other. Errors: those of the manifest. */
  apply(edit: VersionEdit): Promise<void> {
    const applied = this.applying.then(() => this.applyNext(edit));
    this.applying = applied.catch(() => undefined);
    return applied;
  }

  /** Keeps all files of the current version until it is released. */
  pin(): PinnedVersion {
    const { version, serial } = this;
    this.pins.set(serial, (this.pins.get(serial) ?? 0) + 1);
    let open = true;
    return {
      version,
      release: () => {
        if (!open) return;
        open = false;
        this.unpin(serial);
      },
    };
  }

  /** Whether the current version names the file. */
  isCurrent(fileNumber: number): boolean {
    return this.references.has(fileNumber);
  }

  /**
   * Opens the segment files of the current version; for the opening of the store, before the first blocking read. CORRUPTION for a file that is
   * nowhere, unless it is a rescue: then the reads that need it are refused.
   */
  async openFiles(isRescue = false): Promise<void> {
    const opened = Array.from(this.references.keys(), (number) => this.sstables.open([number]));
    for (const outcome of await Promise.allSettled(opened)) {
      if (outcome.status === "fulfilled") continue;
      const error: unknown = outcome.reason;
      if (!isRescue || !(error instanceof VarveError) || error.code !== "CORRUPTION") throw error;
    }
  }

  /** Has copies that a job found bad healed; a failure is no worse than before, and reads go on from the other zones. */
  async recheck(copies: readonly BadCopy[]): Promise<void> {
    await this.sstables.recheck(copies).catch(() => undefined);
  }

  /**
   * Deletes the SSTables that the current version does not name, and unfinished ones. For the opening of the store, when
   * nothing is being written. A zone that refuses is left as it is: what lies there too long is only room.
   */
  async removeUnreferencedFiles(): Promise<void> {
    await Promise.all(this.context.zones.writableZones().map((zone) => this.sweep(zone.path)));
  }

  /** Resolves when the edits asked for so far are made. */
  async settled(): Promise<void> {
    await this.applying;
  }

  private async applyNext(edit: VersionEdit): Promise<void> {
    const before = this.version;
    await this.openAdded(edit, before);
    const after = await this.manifest.apply(edit);
    this.version = after;
    this.serial++;
    for (const fileNumber of this.count(edit, before)) this.retired.push({ fileNumber, serial: this.serial });
    const treeIds = touchedTrees(edit);
    if (treeIds.size > 0) this.onChange(treeIds);
    this.deleteObsolete();
  }

  /**
   * Opens the edit's new files before the edit is durable, so that a version never names a file that cannot be opened. They stay open when
   * the manifest then fails: whether the edit is durable is open until the next start.
   */
  private async openAdded(edit: VersionEdit, before: Version): Promise<void> {
    const added = (edit.addFiles ?? []).filter(({ file }) => !this.references.has(file.number));
    for (const { treeId, file } of added) this.sstables.register(file, treeName(before, treeId));
    const numbers = added.map(({ file }) => file.number);
    try {
      await this.sstables.open(numbers);
    } catch (error) {
      for (const number of numbers) await this.sstables.release(number);
      throw error;
    }
  }

  /** Counts the edit's files in and out; returns the files that the current version names no more. */
  private count(edit: VersionEdit, before: Version): number[] {
    const removed = (edit.removeFiles ?? []).map(({ number }) => number);
    for (const treeId of edit.dropTrees ?? []) {
      for (const files of before.trees.get(treeId)?.levels ?? []) removed.push(...files.map((file) => file.number));
    }
    for (const { file } of edit.addFiles ?? []) {
      this.references.set(file.number, (this.references.get(file.number) ?? 0) + 1);
    }
    const gone: number[] = [];
    for (const number of removed) {
      const left = (this.references.get(number) ?? 0) - 1;
      invariant(left >= 0, `removed file ${number} was referenced`);
      if (left > 0) this.references.set(number, left);
      else {
        this.references.delete(number);
        gone.push(number);
      }
    }
    return gone;
  }

  private unpin(serial: number): void {
    const left = (this.pins.get(serial) ?? 0) - 1;
    invariant(left >= 0, `version ${serial} is pinned`);
    if (left > 0) {
      this.pins.set(serial, left);
      return;
    }
    this.pins.delete(serial);
    this.deleteObsolete();
  }

  private deleteObsolete(): void {
    if (this.retired.length === 0) return;
    const oldestPinned = Math.min(this.serial, ...this.pins.keys());
    const obsolete = this.retired.filter((file) => file.serial <= oldestPinned);
    if (obsolete.length === 0) return;
    this.retired = this.retired.filter((file) => file.serial > oldestPinned);
    for (const { fileNumber } of obsolete) void this.sstables.remove(fileNumber);
  }

  private async sweep(directory: string): Promise<void> {
    let names: string[];
    try {
      const { io, options } = this.context;
      names = await withDeadline(io.timers, options.zoneHangMs, directory, io.files.list(directory));
    } catch (error) {
      if (error instanceof VarveError) return;
      throw error;
    }
    const unreferenced = names.filter((name) => this.isUnreferenced(name));
    await Promise.all(unreferenced.map((name) => removeQuietly(this.context, `${directory}/${name}`)));
  }

  private isUnreferenced(name: string): boolean {
    const parsed = parseFileName(name.endsWith(temporarySuffix) ? name.slice(0, -temporarySuffix.length) : name);
    if (parsed?.kind !== "sstable") return false;
    return name.endsWith(temporarySuffix) || !this.references.has(parsed.number);
  }
}

function treeName(version: Version, treeId: number): string {
  return version.trees.get(treeId)?.name ?? String(treeId);
}

function touchedTrees(edit: VersionEdit): Set<number> {
  return new Set([
    ...(edit.createTrees ?? []).map(({ id }) => id),
    ...(edit.dropTrees ?? []),
    ...(edit.removeFiles ?? []).map(({ treeId }) => treeId),
    ...(edit.addFiles ?? []).map(({ treeId }) => treeId),
  ]);
}
