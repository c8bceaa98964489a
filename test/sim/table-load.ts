/**
 * The load on tables of items: a Database on the store of the run, many requests side by side, every answer compared with the model
 * (item-history.ts).
 *
 * A bank (simulated-bank.ts) moves money by transactions. A counter that all may increase at once shows lost updates: it is never below what was answered nor above what was sent. A table that is deleted and
 * made again is empty; while either has no answer, the end of the world may leave the old items, all of them, or none.
 */
import { ServiceError } from "../../src/tables/service-error.js";
import type { Store } from "../../src/engine/store.js";
import { Database } from "../../src/tables/database.js";
import { itemText, ItemHistory, type Item } from "./item-history.js";
import type { Load, Machine } from "./load.js";
import { Mismatch } from "./mismatch.js";
import { bankCreation, SimulatedBank } from "./simulated-bank.js";

type Input = Record<string, unknown>;

interface Page {
  Items?: Item[];
  LastEvaluatedKey?: Item;
}

class SimulatedTable {
  readonly items = new ItemHistory();
  /** "making" and "deleting": asked for, and not answered yet. */
  state: "absent" | "making" | "present" | "deleting" = "absent";

  constructor(
    readonly name: string,
    readonly hasSortKey: boolean,
  ) {}

  get creation(): Input {
    const range = { AttributeName: "sk", KeyType: "RANGE" };
    return {
      TableName: this.name,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [
        { AttributeName: "pk", AttributeType: "S" },
        ...(this.hasSortKey ? [{ AttributeName: "sk", AttributeType: "N" }] : []),
      ],
      KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }, ...(this.hasSortKey ? [range] : [])],
    };
  }

  /** The key attributes of a key of the model: "p3" or "p3/17". */
  keyOf(key: string): Item {
    const [pk, sk] = key.split("/") as [string, string | undefined];
    return sk === undefined ? { pk: { S: pk } } : { pk: { S: pk }, sk: { N: sk } };
  }

  identify(item: Item): string {
    const { pk, sk } = item as { pk: { S: string }; sk?: { N: string } };
    return sk === undefined ? pk.S : `${pk.S}/${sk.N}`;
  }

  found(isThere: boolean): void {
    if (isThere && this.state === "absent") throw new Mismatch(`table ${this.name} was invented`);
    if (!isThere && this.state === "present") throw new Mismatch(`table ${this.name} is lost`);
    if (!isThere) this.items.clear();
    this.state = isThere ? "present" : "absent";
  }
}

/** How many requests may be under way. */
const mostUnderWay = 12;
const counterKey = "counter";

export class TableLoad implements Load {
  private readonly tables = [new SimulatedTable("Hash", false), new SimulatedTable("Range", true)];
  private readonly partitionsPerTable: number;
  private readonly keyCount: number;
  private readonly counter = { sent: 0, answered: 0 };
  private readonly underWay = new Set<Promise<void>>();
  private openings = 0;
  private bank: SimulatedBank | undefined;
  private database: Database | undefined;
  private store: Store | undefined;

  constructor(private readonly machine: Machine) {
    this.partitionsPerTable = machine.random.pick([1, 2, 4]);
    this.keyCount = machine.random.pick([6, 30, 100]);
  }

  async opened(store: Store): Promise<void> {
    this.store = store;
    this.underWay.clear();
    const opening = Database.on(store, this.machine.io, { partitionsPerTable: this.partitionsPerTable });
    this.database = await this.machine.wait(opening);
    const { TableNames } = (await this.call("ListTables", {})) as { TableNames: string[] };
    for (const table of this.tables) table.found(TableNames.includes(table.name));
    for (const table of this.tables) if (table.state === "present") await this.recover(table);
    for (const table of this.tables) await this.make(table);
    if (!TableNames.includes("Bank")) await this.call("CreateTable", bankCreation);
    this.bank = new SimulatedBank(
      {
        call: (name, input) => this.call(name, input),
        send: (name, input, answered) => this.send(name, input, answered),
        below: (count) => this.below(count),
      },
      `opening ${this.openings++}`,
    );
    await this.bank.opened();
  }

  async step(): Promise<void> {
    const kind = this.below(1000);
    if (kind < 340) this.write(this.table());
    else if (kind < 420) this.bank?.transfer();
    else if (kind < 430) await this.bank?.count();
    else if (kind < 520) this.increase();
    else if (kind < 560) this.writeMany();
    else if (kind < 620) this.refusedWrite(this.table());
    else if (kind < 900) await this.get(this.table());
    else if (kind < 950) await this.query();
    else if (kind < 955) await this.scan(this.table());
    else if (kind < 990) await this.settle();
    else if (kind < 996) await this.machine.job((this.store as Store).flush());
    else if (kind < 998) await this.replace(this.table());
    else await this.machine.job((this.store as Store).compact());
    if (this.underWay.size > mostUnderWay || this.below(3) === 0) await this.settle();
  }

  async closing(): Promise<void> {
    await this.settle();
    await this.machine.wait((this.database as Database).close());
  }

  closed(): void {
    this.underWay.clear();
  }

  crashed(): void {
    this.underWay.clear();
  }

  private below(count: number): number {
    return this.machine.random.below(count);
  }

  private table(): SimulatedTable {
    return this.machine.random.pick(this.tables);
  }

  private key(table: SimulatedTable): string {
    if (table.hasSortKey) return `p${this.below(3)}/${this.below(this.keyCount)}`;
    return `p${this.below(this.keyCount)}`;
  }

  private call(name: string, input: Input): Promise<object | undefined> {
    return this.machine.wait((this.database as Database).execute(name, input));
  }

  /** Sends a request that nobody waits for yet; `answered` hears of its end. */
  private send(name: string, input: Input, answered: (refusal: ServiceError | undefined, output: Input) => void): void {
    const answer = (this.database as Database).execute(name, input).then(
      (output) => answered(undefined, (output ?? {}) as Input),
      (error: unknown) => {
        if (error instanceof ServiceError && error.name !== "InternalServerError") answered(error, {});
        else throw error;
      },
    );
    const ended = answer.catch((error: unknown) => this.machine.fail(error));
    this.underWay.add(ended);
    void ended.then(() => this.underWay.delete(ended));
  }

  private async settle(): Promise<void> {
    await this.machine.wait(Promise.all(this.underWay));
  }

  private item(table: SimulatedTable, key: string): Item {
    const filler = this.below(15) === 0 ? "x".repeat(this.below(4000)) : "x".repeat(this.below(40));
    return { ...table.keyOf(key), v: { N: String(this.below(1000)) }, filler: { S: filler } };
  }

  private write(table: SimulatedTable): void {
    const key = this.key(table);
    if (table.items.isPending(key)) return;
    const before = table.items.of(key);
    const { name, input, after } = this.drawWrite(table, key, before);
    table.items.send(key, after);
    this.send(name, { TableName: table.name, ...input }, (refusal) => {
      if (refusal !== undefined) throw new Mismatch(`${name} ${key} was refused: ${refusal.message}`);
      table.items.settle(key, true);
    });
  }

  private drawWrite(
    table: SimulatedTable,
    key: string,
    before: Item | undefined,
  ): { name: string; input: Input; after: Item | undefined } {
    const Key = table.keyOf(key);
    const after = this.item(table, key);
    // Half of them with a condition that holds, so that the item is read and locked.
    const condition = this.below(2) === 0 ? {} : conditionOn(before);
    switch (this.below(4)) {
      case 0:
        return { name: "DeleteItem", input: { Key, ...condition }, after: undefined };
      case 1: {
        const values = { ":v": after["v"], ":filler": after["filler"] };
        const own = (condition as { ExpressionAttributeValues?: Input }).ExpressionAttributeValues;
        const ExpressionAttributeValues = { ...values, ...own };
        const change = { UpdateExpression: "SET v = :v, filler = :filler", ExpressionAttributeValues };
        return { name: "UpdateItem", input: { Key, ...condition, ...change }, after };
      }
      default:
        return { name: "PutItem", input: { Item: after, ...condition }, after };
    }
  }

  /** A condition that does not hold: refused, and the item stays as it is. */
  private refusedWrite(table: SimulatedTable): void {
    const key = this.key(table);
    if (table.items.isPending(key)) return;
    const before = table.items.of(key);
    const condition = before === undefined ? { ConditionExpression: "attribute_exists(pk)" } : conditionOn(undefined);
    table.items.send(key, before);
    this.send("PutItem", { TableName: table.name, Item: this.item(table, key), ...condition }, (refusal) => {
      if (refusal?.name !== "ConditionalCheckFailedException") {
        throw new Mismatch(`${key}: a put was done although its condition does not hold`);
      }
      table.items.settle(key, false);
    });
  }

  private increase(): void {
    this.counter.sent++;
    const table = this.tables[0] as SimulatedTable;
    const input = {
      TableName: table.name,
      Key: { pk: { S: counterKey } },
      UpdateExpression: "ADD n :one",
      ExpressionAttributeValues: { ":one": { N: "1" } },
    };
    this.send("UpdateItem", input, (refusal) => {
      if (refusal !== undefined) throw new Mismatch(`the counter was refused: ${refusal.message}`);
      this.counter.answered++;
    });
  }

  private checkCounter(item: Item | undefined): void {
    const found = Number((item?.["n"] as { N: string } | undefined)?.N ?? 0);
    const { answered, sent } = this.counter;
    if (found < answered || found > sent) throw new Mismatch(`counter: ${found}, answered ${answered}, sent ${sent}`);
  }

  /** A BatchWriteItem, which is not atomic: each item by itself. */
  private writeMany(): void {
    const table = this.table();
    const keys = Array.from({ length: 1 + this.below(10) }, () => this.key(table));
    const free = [...new Set(keys)].filter((key) => !table.items.isPending(key));
    if (free.length === 0) return;
    const requests = free.map((key) => {
      const after = this.below(3) === 0 ? undefined : this.item(table, key);
      table.items.send(key, after);
      if (after === undefined) return { DeleteRequest: { Key: table.keyOf(key) } };
      return { PutRequest: { Item: after } };
    });
    this.send("BatchWriteItem", { RequestItems: { [table.name]: requests } }, (refusal, output) => {
      const unprocessed = Object.keys((output["UnprocessedItems"] as object | undefined) ?? {}).length;
      if (refusal !== undefined || unprocessed > 0) throw new Mismatch(`a batch was refused: ${refusal?.message}`);
      for (const key of free) table.items.settle(key, true);
    });
  }

  private async get(table: SimulatedTable): Promise<void> {
    const key = this.key(table);
    const isPending = table.items.isPending(key);
    const [before, Key] = [itemText(table.items.of(key)), table.keyOf(key)];
    const { Item: found } = (await this.call("GetItem", { TableName: table.name, Key, ConsistentRead: true })) as {
      Item?: Item;
    };
    // A write that was under way may have been answered meanwhile: before or after is right then.
    if (isPending && itemText(found) === before) return;
    table.items.check(key, found, `GetItem ${table.name}`);
  }

  private async query(): Promise<void> {
    const table = this.tables[1] as SimulatedTable;
    await this.settle();
    const pk = `p${this.below(3)}`;
    const isForward = this.below(2) === 0;
    const input = {
      TableName: table.name,
      ConsistentRead: true,
      ScanIndexForward: isForward,
      KeyConditionExpression: "pk = :p",
      ExpressionAttributeValues: { ":p": { S: pk } },
    };
    const found = await this.pages("Query", input);
    const keys = table.items.keys().filter((key) => key.startsWith(`${pk}/`) && table.items.of(key) !== undefined);
    keys.sort((a, b) => (Number(a.split("/")[1]) - Number(b.split("/")[1])) * (isForward ? 1 : -1));
    const got = found.map((item) => table.identify(item));
    if (got.join() !== keys.join()) throw new Mismatch(`query ${pk}: got ${got.join()}, expected ${keys.join()}`);
    for (const item of found) table.items.check(table.identify(item), item, "Query");
  }

  private async scan(table: SimulatedTable): Promise<void> {
    await this.settle();
    const found = await this.contents(table);
    for (const key of new Set([...table.items.keys(), ...found.keys()])) table.items.check(key, found.get(key), "Scan");
  }

  /** All items of a table by their keys, but for the counter, which is checked here. */
  private async contents(table: SimulatedTable): Promise<Map<string, Item>> {
    const items = await this.pages("Scan", { TableName: table.name, ConsistentRead: true });
    const found = new Map(items.map((item) => [table.identify(item), item]));
    if (found.size !== items.length) throw new Mismatch(`scan ${table.name}: an item came twice`);
    if (!table.hasSortKey) {
      this.checkCounter(found.get(counterKey));
      found.delete(counterKey);
    }
    return found;
  }

  private async pages(name: "Query" | "Scan", input: Input): Promise<Item[]> {
    const items: Item[] = [];
    const limit = this.below(2) === 0 ? {} : { Limit: 1 + this.below(20) };
    for (let start = {}; ;) {
      const page = (await this.call(name, { ...input, ...limit, ...start })) as Page;
      items.push(...(page.Items ?? []));
      if (page.LastEvaluatedKey === undefined) return items;
      start = { ExclusiveStartKey: page.LastEvaluatedKey };
    }
  }

  private async recover(table: SimulatedTable): Promise<void> {
    const items = await this.pages("Scan", { TableName: table.name, ConsistentRead: true });
    const found = new Map(items.map((item) => [table.identify(item), item]));
    if (!table.hasSortKey) {
      const counter = found.get(counterKey);
      found.delete(counterKey);
      this.checkCounter(counter);
      const value = Number((counter?.["n"] as { N: string } | undefined)?.N ?? 0);
      Object.assign(this.counter, { sent: value, answered: value });
    }
    table.items.recover(found);
  }

  private async make(table: SimulatedTable): Promise<void> {
    if (table.state === "present") return;
    table.state = "making";
    if (!table.hasSortKey) Object.assign(this.counter, { sent: 0, answered: 0 });
    table.items.clear();
    await this.call("CreateTable", table.creation);
    await this.untilTable(table, "ACTIVE");
    table.state = "present";
  }

  private async replace(table: SimulatedTable): Promise<void> {
    await this.settle();
    table.state = "deleting";
    // Until the answer the counter may be what it was, or be gone with its table.
    if (!table.hasSortKey) this.counter.answered = 0;
    await this.call("DeleteTable", { TableName: table.name });
    await this.untilTable(table, undefined);
    table.state = "absent";
    await this.make(table);
  }

  /** Waits until the table has the status; undefined: until it is gone. */
  private async untilTable(table: SimulatedTable, status: string | undefined): Promise<void> {
    for (let tries = 0; tries < 1000; tries++) {
      if ((await this.statusOf(table)) === status) return;
      await this.machine.advance(5);
      if (this.machine.halted) return;
    }
    throw new Mismatch(`table ${table.name} does not become ${status ?? "absent"}`);
  }

  private async statusOf({ name: TableName }: SimulatedTable): Promise<string | undefined> {
    try {
      const { Table } = (await this.call("DescribeTable", { TableName })) as { Table: { TableStatus: string } };
      return Table.TableStatus;
    } catch (error) {
      if (error instanceof ServiceError && error.name === "ResourceNotFoundException") return undefined;
      throw error;
    }
  }
}

/** Holds when the item is as it was. */
function conditionOn(before: Item | undefined): Input {
  if (before === undefined) return { ConditionExpression: "attribute_not_exists(pk)" };
  return { ConditionExpression: "v = :before", ExpressionAttributeValues: { ":before": before["v"] } };
}
