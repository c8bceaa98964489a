/**
 * A table that is open: its descriptor, its key, its partitions, its counts and its status.
 *
 * Made and changed by the catalog only. Operations hold a Table over their awaits: they call `checkUsable` in the same turn in which
 * they write, so that nothing is written to a table that was deleted meanwhile.
 */
import type { Io } from "../io/io.js";
import type { StoreContract } from "../engine/contract.js";
import { PartitionMap } from "./partitions.js";
import type { KeySchema } from "./primary-key.js";
import { resourceNotFound } from "./service-error.js";
import { TableCounts, type TableCount } from "./table-counts.js";
import { keySchemaOf, partitionTreeName, type TableDescriptor } from "./table-descriptor.js";

export type TableStatus = "CREATING" | "ACTIVE" | "UPDATING" | "DELETING";

export class Table {
  readonly keySchema: KeySchema;
  readonly counts: TableCounts;
  private transition: { status: TableStatus; untilMs: number } | undefined;
  private gone = false;

  private constructor(
    public descriptor: TableDescriptor,
    readonly partitions: PartitionMap,
    store: StoreContract,
    private readonly io: Io,
    known: TableCount | undefined,
  ) {
    this.keySchema = keySchemaOf(descriptor);
    this.counts = new TableCounts(store, io, () => this.partitions.partitions, known);
    if (descriptor.deleting === true) this.enter("DELETING", Infinity);
  }

  /** Opens the trees of the descriptor's partitions, making those that are not there. */
  static async open(store: StoreContract, io: Io, descriptor: TableDescriptor, known?: TableCount): Promise<Table> {
    const trees = await Promise.all(
      descriptor.partitions.map(({ id }) => store.tree(partitionTreeName(descriptor.tableId, id))),
    );
    return new Table(descriptor, PartitionMap.of(descriptor.partitions, trees), store, io, known);
  }

  get name(): string {
    return this.descriptor.tableName;
  }

  get id(): string {
    return this.descriptor.tableId;
  }

  get status(): TableStatus {
    if (this.transition === undefined) return "ACTIVE";
    if (this.io.clock.monotonicMs() < this.transition.untilMs) return this.transition.status;
    this.transition = undefined;
    return "ACTIVE";
  }

  /** Shows the status for `durationMs`, then ACTIVE. */
  enter(status: TableStatus, durationMs: number): void {
    this.transition = durationMs > 0 ? { status, untilMs: this.io.clock.monotonicMs() + durationMs } : undefined;
  }

  /** No operation on items goes through from now on. */
  close(): void {
    this.gone = true;
  }

  /** Throws ResourceNotFoundException while the table is being made or deleted, and ever after. */
  checkUsable(): void {
    if (this.gone) throw resourceNotFound("Requested resource not found");
    if (this.transition === undefined) return;
    const status = this.status;
    if (status === "CREATING" || status === "DELETING") throw resourceNotFound("Requested resource not found");
  }

  /** The name under which an item of this table is locked. */
  lockName(entryKey: Uint8Array): string {
    const { buffer, byteOffset, length } = entryKey;
    const bytes = entryKey instanceof Buffer ? entryKey : Buffer.from(buffer, byteOffset, length);
    return this.id + bytes.toString("latin1");
  }
}
