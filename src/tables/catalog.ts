/**
 * The catalog: which tables there are. It owns the system tree `catalog` and the trees of all tables.
 *
 *   table/<name>   -> the table's descriptor, JSON (table-descriptor.ts)
 *   counts/<id>    -> item count and size with the sequence number at which they were exact (stored-count.ts); written on close
 *
 * A table exists from the moment when its descriptor is in the catalog, and until it is out of it: one entry, so that CreateTable and
 * DeleteTable are atomic. The trees are made before and dropped after. What a crash leaves of a half-made or a deleted table are trees
 * whose id no descriptor names: they are dropped on open. Changes of one table are serialised by its name.
 */
import type { StoreContract, TreeContract } from "../engine/contract.js";
import type { Io } from "../io/io.js";
import { tableNameOf } from "./arn.js";
import { ItemLocks } from "./item-locks.js";
import { resourceInUse, resourceNotFound } from "./service-error.js";
import { decodeStoredCount, encodeStoredCount } from "./stored-count.js";
import { Table } from "./table.js";
import type { TableCount } from "./table-counts.js";
import {
  decodeTableDescriptor,
  encodeTableDescriptor,
  tableTreePrefix,
  type TableDescriptor,
} from "./table-descriptor.js";

const catalogTreeName = "catalog";

export interface TransitionTimes {
  /** How long a new table is CREATING, ms. */
  createTableMs: number;
  updateTableMs: number;
  deleteTableMs: number;
}

export class Catalog {
  private readonly tables = new Map<string, Table>();
  private readonly locks = new ItemLocks();
  private sortedNames: string[] | undefined;
  /** Deletions that wait for their time. */
  private readonly removals = new Set<Promise<void>>();
  private closed = false;

  private constructor(
    private readonly store: StoreContract,
    private readonly io: Io,
    private readonly tree: TreeContract,
    private readonly times: TransitionTimes,
  ) {}

  /** Reads the catalog, opens its tables, and drops what is left of others. */
  static async open(store: StoreContract, io: Io, times: TransitionTimes): Promise<Catalog> {
    const sequence = store.appliedSequence;
    const catalog = new Catalog(store, io, await store.tree(catalogTreeName), times);
    await catalog.load(sequence);
    await catalog.dropLeftovers();
    return catalog;
  }

  private async load(sequence: number): Promise<void> {
    const counts = await this.loadCounts(sequence);
    for await (const [, value] of this.tree.iterate({ gte: "table/", lt: "table0" })) {
      const descriptor = decodeTableDescriptor(value);
      if (descriptor.deleting === true) {
        await this.tree.delete(catalogKey(descriptor.tableName));
        continue;
      }
      this.add(await Table.open(this.store, this.io, descriptor, counts.get(descriptor.tableId)));
    }
  }

  private async loadCounts(sequence: number): Promise<Map<string, TableCount>> {
    const counts = new Map<string, TableCount>();
    for await (const [key, value] of this.tree.iterate({ gte: "counts/", lt: "counts0" })) {
      const stored = decodeStoredCount(value);
      const id = Buffer.from(key).toString("utf8").slice("counts/".length);
      if (stored.sequence === sequence) counts.set(id, stored);
    }
    return counts;
  }

  private async dropLeftovers(): Promise<void> {
    const ids = new Set([...this.tables.values()].map(({ id }) => id));
    for (const name of this.store.treeNames()) {
      if (!name.startsWith(tableTreePrefix)) continue;
      const id = name.slice(tableTreePrefix.length, name.lastIndexOf("/"));
      if (!ids.has(id)) await this.store.dropTree(name);
    }
  }

  /** The table for an operation on items. Throws the service's ResourceNotFoundException. */
  usable(nameOrArn: string): Table {
    const table = this.tables.get(tableNameOf(nameOrArn));
    if (table === undefined) throw resourceNotFound("Requested resource not found");
    table.checkUsable();
    return table;
  }

  /** The table for an operation on tables, whatever its status. Throws the service's ResourceNotFoundException. */
  get(nameOrArn: string): Table {
    const name = tableNameOf(nameOrArn);
    const table = this.tables.get(name);
    if (table === undefined) throw resourceNotFound(`Requested resource not found: Table: ${name} not found`);
    return table;
  }

  /** Table names in order. */
  names(): readonly string[] {
    this.sortedNames ??= [...this.tables.keys()].sort();
    return this.sortedNames;
  }

  /** Makes the table and resolves when it is durable. Throws ResourceInUseException when the name is taken. */
  create(descriptor: TableDescriptor): Promise<Table> {
    return this.locks.with(descriptor.tableName, async () => {
      if (this.tables.has(descriptor.tableName)) {
        throw resourceInUse(`Table already exists: ${descriptor.tableName}`);
      }
      const table = await Table.open(this.store, this.io, descriptor, { itemCount: 0, sizeBytes: 0 });
      await this.write(descriptor);
      table.enter("CREATING", this.times.createTableMs);
      this.add(table);
      return table;
    });
  }

  /**
   * Changes the descriptor: `change` gets the present one and returns the new one (or throws). Resolves when it is durable.
   * `status` is shown meanwhile, for the time of an update.
   */
  update(
    name: string,
    change: (table: Table) => TableDescriptor,
    status: "UPDATING" | "ACTIVE" = "UPDATING",
  ): Promise<Table> {
    return this.locks.with(tableNameOf(name), async () => {
      const table = this.get(name);
      const descriptor = change(table);
      await this.write(descriptor);
      table.descriptor = descriptor;
      if (status === "UPDATING") table.enter(status, this.times.updateTableMs);
      return table;
    });
  }

  /**
   * Deletes the table; resolves when that is durable. `check` may refuse. With a delay the table is still listed, as DELETING,
   * until it has passed; a crash in between deletes it on the next open.
   */
  delete(name: string, check: (table: Table) => void): Promise<Table> {
    return this.locks.with(tableNameOf(name), async () => {
      const table = this.get(name);
      check(table);
      const { deleteTableMs } = this.times;
      if (deleteTableMs <= 0) {
        await this.remove(table);
        return table;
      }
      const descriptor = { ...table.descriptor, deleting: true };
      await this.write(descriptor);
      table.descriptor = descriptor;
      table.enter("DELETING", Infinity);
      this.io.timers.set(deleteTableMs, () => this.removeLater(table));
      return table;
    });
  }

  private removeLater(table: Table): void {
    if (this.closed) return;
    // What fails here is repeated on the next open: the descriptor says that the table is to go.
    const removal = this.remove(table).catch(() => undefined);
    this.removals.add(removal);
    void removal.finally(() => this.removals.delete(removal));
  }

  private async remove(table: Table): Promise<void> {
    table.close();
    await this.store.write(
      this.store.batch().delete(this.tree, catalogKey(table.name)).delete(this.tree, `counts/${table.id}`),
    );
    this.tables.delete(table.name);
    this.sortedNames = undefined;
    for (const { tree } of table.partitions.partitions) await this.store.dropTree(tree.name);
  }

  private add(table: Table): void {
    this.tables.set(table.name, table);
    this.sortedNames = undefined;
  }

  private write(descriptor: TableDescriptor): Promise<void> {
    return this.tree.put(catalogKey(descriptor.tableName), encodeTableDescriptor(descriptor));
  }

  /** Keeps the counts that are exact. The store stays open; nothing may be written after this. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await Promise.all(this.removals);
    const counts = [...this.tables.values()].flatMap(({ id, counts }) => {
      const count = counts.peekExact();
      return count === undefined ? [] : [{ id, count }];
    });
    if (counts.length === 0) return;
    const batch = this.store.batch();
    const sequence = this.store.appliedSequence + counts.length;
    for (const { id, count } of counts) {
      batch.put(this.tree, `counts/${id}`, encodeStoredCount({ ...count, sequence }));
    }
    await this.store.write(batch);
  }
}

function catalogKey(tableName: string): string {
  return `table/${tableName}`;
}
