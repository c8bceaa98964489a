/**
 * The load of a soak: tables and a bare tree of one store, written, read, scanned and deleted by several callers at once, over a bounded set
 * of keys, so that what is kept stays the same size for ever. Every read is checked against what was written last.
 */
import type { StoreContract, TreeContract } from "../../src/engine/contract.js";
import { SeededRandom } from "../../src/io/simulated/index.js";
import type { Database } from "../../src/tables/database.js";

const tableName = "Soak";
const itemCount = 5_000;
const entryCount = 5_000;
const partitionKeys = 200;
const callers = 8;
/** How many operations a caller does before it lets timers and the sampler run. */
const operationsPerTurn = 20;

export class SoakLoad {
  operations = 0;
  private readonly random: SeededRandom;
  private stopping = false;
  /** The version that each key was written with last; 0: deleted. A key is owned by one caller. */
  private readonly items = new Array<number>(itemCount).fill(0);
  private readonly entries = new Array<number>(entryCount).fill(0);
  private version = 0;

  private constructor(
    private readonly database: Database,
    private readonly store: StoreContract,
    private readonly tree: TreeContract,
    seed: number,
  ) {
    this.random = new SeededRandom(seed);
  }

  static async open(database: Database, seed: number): Promise<SoakLoad> {
    await database.createTable({
      TableName: tableName,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [
        { AttributeName: "pk", AttributeType: "S" },
        { AttributeName: "sk", AttributeType: "N" },
      ],
      KeySchema: [
        { AttributeName: "pk", KeyType: "HASH" },
        { AttributeName: "sk", KeyType: "RANGE" },
      ],
    });
    return new SoakLoad(database, database.store, await database.store.tree("soak"), seed);
  }

  /** Goes on until `stop`; at most `operationsPerSecond`. */
  async run(operationsPerSecond: number): Promise<void> {
    const pauseMs = (1000 * operationsPerTurn * callers) / operationsPerSecond;
    const calling = Array.from({ length: callers }, async (_, caller) => {
      while (!this.stopping) {
        const begunMs = Date.now();
        for (let i = 0; i < operationsPerTurn; i++) await this.one(caller);
        await new Promise((resolve) => setTimeout(resolve, Math.max(0, pauseMs - (Date.now() - begunMs))));
      }
    });
    await Promise.all(calling);
  }

  stop(): void {
    this.stopping = true;
  }

  private async one(caller: number): Promise<void> {
    this.operations++;
    const item = this.own(caller, itemCount);
    const entry = this.own(caller, entryCount);
    const dice = this.random.below(100);
    if (dice < 25) await this.putItem(item);
    else if (dice < 30) await this.deleteItem(item);
    else if (dice < 50) await this.getItem(item);
    else if (dice < 52) await this.query(item);
    else if (dice < 75) await this.putEntry(entry);
    else if (dice < 80) await this.deleteEntry(entry);
    else if (dice < 97) await this.getEntry(entry);
    else if (dice < 99) await this.walk(entry);
    else await this.hold(entry);
  }

  private own(caller: number, count: number): number {
    return this.random.below(count / callers) * callers + caller;
  }

  private keyOf(item: number): { pk: { S: string }; sk: { N: string } } {
    return { pk: { S: `partition ${item % partitionKeys}` }, sk: { N: String(item) } };
  }

  private async putItem(item: number): Promise<void> {
    const version = ++this.version;
    const Item = { ...this.keyOf(item), version: { N: String(version) }, filler: { S: "x".repeat(version % 700) } };
    await this.database.putItem({ TableName: tableName, Item });
    this.items[item] = version;
  }

  private async deleteItem(item: number): Promise<void> {
    await this.database.deleteItem({ TableName: tableName, Key: this.keyOf(item) });
    this.items[item] = 0;
  }

  private async getItem(item: number): Promise<void> {
    const { Item } = await this.database.getItem({ TableName: tableName, Key: this.keyOf(item), ConsistentRead: true });
    const found = Number((Item as { version?: { N: string } } | undefined)?.version?.N ?? 0);
    expectVersion(`item ${item}`, found, this.items[item]!);
  }

  private async query(item: number): Promise<void> {
    await this.database.query({
      TableName: tableName,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": this.keyOf(item).pk },
    });
  }

  private async putEntry(entry: number): Promise<void> {
    const version = ++this.version;
    await this.tree.put(`entry ${entry}`, `${version} ${"y".repeat(version % 500)}`);
    this.entries[entry] = version;
  }

  private async deleteEntry(entry: number): Promise<void> {
    await this.tree.delete(`entry ${entry}`);
    this.entries[entry] = 0;
  }

  private async getEntry(entry: number): Promise<void> {
    const value = await this.tree.get(`entry ${entry}`);
    const found = value === undefined ? 0 : parseInt(Buffer.from(value).toString("latin1"), 10);
    expectVersion(`entry ${entry}`, found, this.entries[entry]!);
  }

  private async walk(entry: number): Promise<void> {
    const iterator = this.tree.iterate({ gte: `entry ${entry}`, limit: 100 });
    await iterator.nextMany(100);
    await iterator.close();
  }

  /** A snapshot over some other operations, and an iterator that is left in the middle. */
  private async hold(entry: number): Promise<void> {
    const snapshot = this.store.snapshot();
    const iterator = this.tree.iterate({ snapshot, reverse: true });
    await iterator.next();
    await this.putEntry(entry);
    await iterator.close();
    snapshot.close();
  }
}

function expectVersion(what: string, found: number, expected: number): void {
  if (found !== expected) throw new Error(`${what} has version ${found} and should have ${expected}`);
}
