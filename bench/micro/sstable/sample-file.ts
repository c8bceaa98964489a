/** SSTables in memory to measure on: blocks of 16-byte keys and 100-byte values, made by a flush, without a file. */
import {
  mergeStatus,
  native,
  type NativeMerge,
  type NativeSSTable,
  type NativeSSTableProperties,
} from "../../../src/native.js";
import { keyOf } from "../../entries.js";

export const valueBytes = 100;
export const entryBytes = 16 + valueBytes;
export const blockBytes = 16384;
export const feedBlocks = 16;

const status = new Float64Array(8);
const out = new Uint8Array(4 * blockBytes);

export interface SampleFile {
  blocks: Uint8Array[];
  offsets: number[];
  index: Uint8Array;
  filter: Uint8Array;
  properties: NativeSSTableProperties;
}

function openMerge(inputCount: number, memtableId?: number): NativeMerge {
  const limits = { oldestReadSequence: Number.MAX_SAFE_INTEGER, bottom: true, targetFileBytes: 2 ** 40 };
  const options = { inputCount, blockBytes, restartInterval: 16, filterBitsPerKey: 10, ...limits };
  return new native.Merge(memtableId === undefined ? options : { ...options, memtableId }, status);
}

/** Entries with the keys of these numbers; the n-th has the sequence number n + 1. */
export function sampleFile(numbers: readonly number[]): SampleFile {
  const memtable = new native.Memtable(1);
  const log = new Uint8Array(4096);
  const value = new Uint8Array(valueBytes).fill(0x76);
  numbers.forEach((number, i) => memtable.put(i + 1, keyOf(number), value, log, 0));
  memtable.freeze();
  const merge = openMerge(0, memtable.id);
  const blocks: Uint8Array[] = [];
  const offsets: number[] = [];
  let offset = 0;
  while (merge.step(out) === mergeStatus.block) {
    const length = status[1]!;
    blocks.push(out.slice(0, length));
    offsets.push(offset);
    merge.placeBlock(offset, length, 0, 0);
    offset += length;
  }
  const file = { index: merge.takeIndex(), filter: merge.takeFilter(), properties: merge.takeProperties() };
  merge.close();
  memtable.close();
  return { blocks, offsets, ...file };
}

/** Some blocks of a file as one read gives them. */
export interface Feed {
  bytes: Uint8Array;
  lengths: Uint32Array;
}

export function feedsOf({ blocks }: SampleFile): Feed[] {
  const feeds: Feed[] = [];
  for (let i = 0; i < blocks.length; i += feedBlocks) {
    const chunk = blocks.slice(i, i + feedBlocks);
    feeds.push({ bytes: Buffer.concat(chunk), lengths: Uint32Array.from(chunk, (block) => block.length) });
  }
  return feeds;
}

/** One whole merge, without I/O; returns the entries that came out. */
export function mergeInputs(inputs: readonly (readonly Feed[])[]): number {
  const merge = openMerge(inputs.length);
  const fed = inputs.map(() => 0);
  let offset = 0;
  for (;;) {
    const code = merge.step(out);
    const detail = status[1]!;
    if (code === mergeStatus.block) {
      merge.placeBlock(offset, detail, 0, 0);
      offset += detail;
    } else if (code === mergeStatus.needInput) {
      const feed = inputs[detail]![fed[detail]!++];
      if (feed === undefined) merge.finish(detail);
      else merge.feed(detail, feed.bytes, feed.lengths);
    } else break;
  }
  const { entryCount } = merge.takeProperties();
  merge.close();
  return entryCount;
}

/** The file as a loaded SSTable, its blocks in a cache that has room for all. */
export function openSample(file: SampleFile): { table: NativeSSTable; cache: InstanceType<typeof native.BlockCache> } {
  const table = new native.SSTable(1, file.properties.smallestKey, file.properties.largestKey);
  table.load(file.index, file.filter);
  const cache = new native.BlockCache(2 ** 32);
  file.blocks.forEach((block, i) => cache.insert(1, file.offsets[i]!, block));
  return { table, cache };
}
