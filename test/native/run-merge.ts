/** What the tests of merges share: drives a native merge over given inputs and gathers the files it gives out. */
import { mergeStatus, native, type NativeMemtable, type NativeMergeOptions, type NativeSSTableProperties } from "../../src/native.js";
import { entryTypes } from "../../src/entry-types.js";

export interface TestEntry {
  key: string;
  sequence: number;
  /** undefined: a delete. */
  value: string | undefined;
}

export interface TestFile {
  blocks: Uint8Array[];
  /** Where each block was put. */
  offsets: number[];
  index: Uint8Array;
  filter: Uint8Array;
  properties: NativeSSTableProperties;
}

export const defaultMergeOptions: NativeMergeOptions = {
  inputCount: 0,
  oldestReadSequence: 0,
  bottom: false,
  blockBytes: 4096,
  restartInterval: 16,
  filterBitsPerKey: 10,
  targetFileBytes: 2 ** 30,
};

/** `compression`: the code to place blocks with; the blocks are as long as raw, whatever it is. */
export function runMerge(
  options: Partial<NativeMergeOptions>,
  inputs: readonly (readonly Uint8Array[])[],
  compression = 0,
): TestFile[] {
  const status = new Float64Array(8);
  const merge = new native.Merge({ ...defaultMergeOptions, inputCount: inputs.length, ...options }, status);
  const files: TestFile[] = [];
  const fed = inputs.map(() => 0);
  let out = new Uint8Array(64);
  let blocks: Uint8Array[] = [];
  let offsets: number[] = [];
  let offset = 0;
  for (;;) {
    const code = merge.step(out);
    const detail = status[1]!;
    if (code === mergeStatus.done) break;
    if (code === mergeStatus.needRoom) out = new Uint8Array(detail);
    if (code === mergeStatus.corrupt) throw new RangeError(`input ${detail} is corrupt`);
    if (code === mergeStatus.needInput) {
      const block = inputs[detail]![fed[detail]!++];
      if (block === undefined) merge.finish(detail);
      else merge.feed(detail, block, Uint32Array.of(block.length));
    }
    if (code === mergeStatus.block) {
      blocks.push(out.slice(0, detail));
      offsets.push(offset);
      merge.placeBlock(offset, detail, native.crc32c(out.subarray(0, detail)), compression);
      offset += detail;
    }
    if (code === mergeStatus.fileEnd) {
      files.push({
        blocks,
        offsets,
        index: merge.takeIndex(),
        filter: merge.takeFilter(),
        properties: merge.takeProperties(),
      });
      blocks = [];
      offsets = [];
      offset = 0;
    }
  }
  merge.close();
  return files;
}

/** A frozen memtable with these entries. */
export function memtableOf(entries: readonly TestEntry[]): NativeMemtable {
  const memtable = new native.Memtable(1);
  const room = entries.reduce((sum, { key, value }) => sum + 32 + 4 * (key.length + (value?.length ?? 0)), 0);
  const log = new Uint8Array(room);
  let offset = 0;
  for (const { key, sequence, value } of entries) {
    offset =
      value === undefined ? memtable.delete(sequence, key, log, offset) : memtable.put(sequence, key, value, log, offset);
  }
  memtable.freeze();
  return memtable;
}

/** The files of a flush of a memtable with these entries, in any order. */
export function flushEntries(entries: readonly TestEntry[], options: Partial<NativeMergeOptions> = {}): TestFile[] {
  const memtable = memtableOf(entries);
  const files = runMerge({ memtableId: memtable.id, ...options }, []);
  memtable.close();
  return files;
}

/** Entries in the order of a file: by key, versions newest first. */
export function sortEntries(entries: readonly TestEntry[]): TestEntry[] {
  return [...entries].sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)) || b.sequence - a.sequence);
}

/** A decoded entry as a TestEntry. */
export function asTestEntry(entry: { key: Uint8Array; value: Uint8Array; sequence: number; type: number }): TestEntry {
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("utf8");
  const value = entry.type === entryTypes.delete ? undefined : text(entry.value);
  return { key: text(entry.key), sequence: entry.sequence, value };
}
