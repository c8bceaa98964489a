/**
 * The content of one simulated file: what a reader sees, what is durable, and the changes in between.
 *
 * Content is in pages of 4 KiB that are never changed once stored, so that the two images, the pending changes and
 * crash clones share them; an absent page is zeros. A change goes to the current image at once and stays in `pending`
 * until a sync that began after it completes. A crash keeps any subset of the pending changes, sector (512 bytes)
 * by sector, in any order; sizes, which a file system journals, are kept as a prefix.
 */
import type { SeededRandom } from "./seeded-random.js";

export const pageBytes = 4096;
export const sectorBytes = 512;

type Pages = Map<number, Uint8Array>;
type Change =
  | { kind: "write"; sequence: number; position: number; bytes: Uint8Array }
  | { kind: "size"; sequence: number; sizeBytes: number };

/** A run of bytes on its way to a file. */
export interface ByteRun {
  position: number;
  bytes: Uint8Array;
}

function writePages(pages: Pages, position: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) {
    const page = Math.floor((position + done) / pageBytes);
    const offset = (position + done) % pageBytes;
    const length = Math.min(pageBytes - offset, bytes.length - done);
    const piece = bytes.subarray(done, done + length);
    if (length === pageBytes) {
      pages.set(page, piece);
    } else {
      const merged = pages.get(page)?.slice() ?? new Uint8Array(pageBytes);
      merged.set(piece, offset);
      pages.set(page, merged);
    }
    done += length;
  }
}

function cutPages(pages: Pages, sizeBytes: number): void {
  const lastPage = Math.floor(sizeBytes / pageBytes);
  for (const page of [...pages.keys()]) if (page > lastPage) pages.delete(page);
  const tail = pages.get(lastPage);
  if (tail === undefined) return;
  const kept = tail.slice();
  kept.fill(0, sizeBytes % pageBytes);
  pages.set(lastPage, kept);
}

function sectorsOf(run: ByteRun): ByteRun[] {
  const sectors: ByteRun[] = [];
  for (let done = 0; done < run.bytes.length;) {
    const position = run.position + done;
    const length = Math.min(sectorBytes - (position % sectorBytes), run.bytes.length - done);
    sectors.push({ position, bytes: run.bytes.subarray(done, done + length) });
    done += length;
  }
  return sectors;
}

/** Each sector of the run survives with the given probability. */
export function someSectors(run: ByteRun, random: SeededRandom, probability: number): ByteRun[] {
  return sectorsOf(run).filter(() => random.chance(probability));
}

export class Inode {
  readonly kind = "file";
  readonly deviceId: number;
  /** Names and open files that refer to it; at zero its room is free again. */
  references = 0;
  #pages: Pages = new Map();
  #sizeBytes = 0;
  #durablePages: Pages = new Map();
  #durableSizeBytes = 0;
  #pending: Change[] = [];
  #sequence = 0;

  constructor(deviceId: number) {
    this.deviceId = deviceId;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** The room it takes on its device. */
  get allocatedBytes(): number {
    return Math.ceil(this.#sizeBytes / pageBytes) * pageBytes;
  }

  /** Changes that no sync has made durable. */
  get pendingCount(): number {
    return this.#pending.length;
  }

  read(position: number, into: Uint8Array): number {
    const length = Math.max(0, Math.min(into.length, this.#sizeBytes - position));
    for (let done = 0; done < length;) {
      const offset = (position + done) % pageBytes;
      const piece = Math.min(pageBytes - offset, length - done);
      const page = this.#pages.get(Math.floor((position + done) / pageBytes));
      if (page === undefined) into.fill(0, done, done + piece);
      else into.set(page.subarray(offset, offset + piece), done);
      done += piece;
    }
    return length;
  }

  /** Takes `bytes` over: the caller must not change them any more. */
  write(position: number, bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    if (position + bytes.length > this.#sizeBytes) this.resize(position + bytes.length);
    this.#pending.push({ kind: "write", sequence: ++this.#sequence, position, bytes });
    writePages(this.#pages, position, bytes);
  }

  resize(sizeBytes: number): void {
    if (sizeBytes === this.#sizeBytes) return;
    this.#pending.push({ kind: "size", sequence: ++this.#sequence, sizeBytes });
    if (sizeBytes < this.#sizeBytes) cutPages(this.#pages, sizeBytes);
    this.#sizeBytes = sizeBytes;
  }

  /** Names the changes made so far; a sync that begins now makes these durable. */
  mark(): number {
    return this.#sequence;
  }

  sync(mark: number): void {
    const settled = this.#pending.filter((change) => change.sequence <= mark);
    this.#pending = this.#pending.filter((change) => change.sequence > mark);
    for (const change of settled) this.#makeDurable(change);
  }

  /**
   * A sync that failed: any part of what it was to make durable may be so, and no later sync will make up for the rest,
   * though readers go on to see it (Rebello et al., "Can applications recover from fsync failures?", ATC'20).
   */
  failSync(mark: number, random: SeededRandom): void {
    const settled = this.#pending.filter((change) => change.sequence <= mark);
    const survivor = this.#survivor(settled, [], random, random.fraction());
    this.#pending = this.#pending.filter((change) => change.sequence > mark);
    this.#durablePages = survivor.#durablePages;
    this.#durableSizeBytes = survivor.#durableSizeBytes;
  }

  /** What a power cut leaves; `inFlight` are the writes that had begun and not completed. */
  afterPowerCut(inFlight: readonly ByteRun[], random: SeededRandom): Inode {
    // Some cuts lose all, some nothing, some cut through the middle.
    const probability = random.pick([0, 0.1, 0.5, 0.5, 0.9, 1]);
    return this.#survivor(this.#pending, inFlight, random, probability);
  }

  /** What the end of the process leaves: all that the system has, and any sectors of the writes in flight. */
  afterKill(inFlight: readonly ByteRun[], random: SeededRandom): Inode {
    const copy = new Inode(this.deviceId);
    copy.#pages = new Map(this.#pages);
    copy.#sizeBytes = this.#sizeBytes;
    copy.#durablePages = new Map(this.#durablePages);
    copy.#durableSizeBytes = this.#durableSizeBytes;
    copy.#pending = [...this.#pending];
    copy.#sequence = this.#sequence;
    for (const run of inFlight) {
      for (const sector of someSectors(run, random, random.pick([0, 0.5, 1]))) {
        copy.write(sector.position, sector.bytes.slice());
      }
    }
    return copy;
  }

  /** Everything durable at once: for tests that prepare or damage a disk. */
  settle(): void {
    this.sync(this.mark());
  }

  #makeDurable(change: Change): void {
    if (change.kind === "write") {
      writePages(this.#durablePages, change.position, change.bytes);
      return;
    }
    if (change.sizeBytes < this.#durableSizeBytes) cutPages(this.#durablePages, change.sizeBytes);
    this.#durableSizeBytes = change.sizeBytes;
  }

  #survivor(
    changes: readonly Change[],
    inFlight: readonly ByteRun[],
    random: SeededRandom,
    probability: number,
  ): Inode {
    const survivor = new Inode(this.deviceId);
    survivor.#durablePages = new Map(this.#durablePages);
    survivor.#durableSizeBytes = this.#durableSizeBytes;
    const cutAt = survivor.#keepSizes(changes, random, probability);
    const writes = changes.filter((change) => change.kind === "write");
    const runs = [...writes.filter((write) => !cutAt(write)), ...inFlight];
    survivor.#keepSectors(runs, random, probability);
    cutPages(survivor.#durablePages, survivor.#durableSizeBytes);
    survivor.#pages = new Map(survivor.#durablePages);
    survivor.#sizeBytes = survivor.#durableSizeBytes;
    return survivor;
  }

  /** Keeps a prefix of the size changes; tells of a write whether a kept truncation came after it and cut it off. */
  #keepSizes(
    changes: readonly Change[],
    random: SeededRandom,
    probability: number,
  ): (write: { sequence: number; position: number }) => boolean {
    const sizes = changes.filter((change) => change.kind === "size");
    let kept = 0;
    while (kept < sizes.length && random.chance(Math.sqrt(probability))) kept++;
    const truncations: { sequence: number; sizeBytes: number }[] = [];
    let previousBytes = this.#durableSizeBytes;
    for (const size of sizes.slice(0, kept)) {
      if (size.sizeBytes < previousBytes) truncations.push(size);
      previousBytes = size.sizeBytes;
      this.#makeDurable(size);
    }
    return (write) => truncations.some((cut) => cut.sequence > write.sequence && write.position >= cut.sizeBytes);
  }

  /** Keeps some sectors; of a sector written more than once any version may have come last. */
  #keepSectors(runs: readonly ByteRun[], random: SeededRandom, probability: number): void {
    const versions = new Map<number, ByteRun[]>();
    for (const run of runs) {
      for (const sector of someSectors(run, random, probability)) {
        const index = Math.floor(sector.position / sectorBytes);
        const others = versions.get(index);
        if (others === undefined) versions.set(index, [sector]);
        else others.push(sector);
      }
    }
    for (const candidates of versions.values()) {
      const chosen = random.pick(candidates);
      writePages(this.#durablePages, chosen.position, chosen.bytes);
    }
  }
}
