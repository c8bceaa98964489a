/**
 * ItemCount and TableSizeBytes of one table.
 *
 * Every write whose old item is known adds its difference. A put or delete that read nothing (the fast path) cannot know it: it only
 * marks the counts as inexact, and the next question recounts, over a snapshot, adding the differences written since. So a
 * blind write costs nothing, and a table nobody asks about is never counted. A table up to `promptCountBytes` is counted before the answer; a
 * larger one behind it, at most every `countIntervalMs`: its answer may be old, as the service's own is (up to six hours).
 */
import type { StoreContract } from "../engine/contract.js";
import type { Io } from "../io/io.js";
import { countIntervalMs, promptCountBytes } from "./limits.js";
import type { Partition } from "./partitions.js";
import { peekSizeBytes } from "./values/item-encoding.js";

export interface TableCount {
  itemCount: number;
  sizeBytes: number;
}

const entriesAtOnce = 256;

export class TableCounts {
  private base: TableCount;
  private changed: TableCount = { itemCount: 0, sizeBytes: 0 };
  private exact: boolean;
  private counting: Promise<void> | undefined;
  private countedMs = -Infinity;

  /** `known` are the exact counts, if somebody knows them. */
  constructor(
    private readonly store: StoreContract,
    private readonly io: Io,
    private readonly partitions: () => readonly Partition[],
    known?: TableCount,
  ) {
    this.base = known ?? { itemCount: 0, sizeBytes: 0 };
    this.exact = known !== undefined;
  }

  /** A write was applied whose old and new sizes are known; undefined stands for no item. */
  record(oldSizeBytes: number | undefined, newSizeBytes: number | undefined): void {
    this.changed.itemCount += Number(newSizeBytes !== undefined) - Number(oldSizeBytes !== undefined);
    this.changed.sizeBytes += (newSizeBytes ?? 0) - (oldSizeBytes ?? 0);
  }

  /** A write was applied that did not read the old item. */
  recordBlind(): void {
    this.exact = false;
  }

  /** The counts if they are exact now. */
  peekExact(): TableCount | undefined {
    return this.exact && this.counting === undefined ? this.sum() : undefined;
  }

  /** The counts as DescribeTable answers them. */
  async current(): Promise<TableCount> {
    if (this.exact && this.counting === undefined) return this.sum();
    if (this.approximateBytes() <= promptCountBytes) {
      await (this.counting ?? this.startCount());
      return this.sum();
    }
    const { clock } = this.io;
    if (this.counting === undefined && clock.monotonicMs() - this.countedMs >= countIntervalMs) {
      // Whoever asks next sees a failed read again; this answer does not wait for it.
      this.startCount().catch(() => undefined);
    }
    return this.sum();
  }

  private sum(): TableCount {
    return {
      itemCount: Math.max(0, this.base.itemCount + this.changed.itemCount),
      sizeBytes: Math.max(0, this.base.sizeBytes + this.changed.sizeBytes),
    };
  }

  private approximateBytes(): number {
    return this.partitions().reduce((bytes, { tree }) => bytes + tree.approximateBytes(), 0);
  }

  private startCount(): Promise<void> {
    this.counting = this.count().finally(() => {
      this.counting = undefined;
      this.countedMs = this.io.clock.monotonicMs();
    });
    return this.counting;
  }

  /** Counts a snapshot. What is written meanwhile goes to `changed`, from the same turn on. */
  private async count(): Promise<void> {
    const before = this.sum();
    const snapshot = this.store.snapshot({ consistency: "applied" });
    this.base = before;
    this.changed = { itemCount: 0, sizeBytes: 0 };
    this.exact = true;
    try {
      const counted: TableCount = { itemCount: 0, sizeBytes: 0 };
      for (const { tree } of this.partitions()) {
        const iterator = tree.iterate({ snapshot });
        try {
          for (let pairs = await iterator.nextMany(entriesAtOnce); pairs.length > 0;) {
            counted.itemCount += pairs.length;
            for (const [, value] of pairs) counted.sizeBytes += peekSizeBytes(value);
            pairs = await iterator.nextMany(entriesAtOnce);
          }
        } finally {
          await iterator.close();
        }
      }
      this.base = counted;
    } catch (error) {
      this.exact = false;
      throw error;
    } finally {
      snapshot.close();
    }
  }
}
