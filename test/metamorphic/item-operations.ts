/**
 * The requests of one run on tables, made from a seed before anything is run: plain data in the shape of the wire.
 *
 * Reads are strongly consistent, so no answer depends on how far a zone is. Nothing else is free: the order of a Scan is that of the
 * hashes, whatever the partitions are, so pages must be equal too. `wireOnly`: the SDK would refuse or change the request before sending it.
 */
import { SeededRandom } from "../../src/io/simulated/index.js";

/** An attribute value in the shape of the wire. */
export type WireValue = Record<string, unknown>;
export type WireItem = Record<string, WireValue>;

export type ItemOperation =
  | { kind: "call"; name: string; input: Record<string, unknown>; wireOnly?: boolean }
  /** Query or Scan, page after page until there is no more. */
  | { kind: "pages"; name: "Query" | "Scan"; input: Record<string, unknown> }
  | { kind: "reopen" }
  /** Where the door has a store. */
  | { kind: "flush" };

export type KeyType = "S" | "N" | "B";

export interface TableSpec {
  name: string;
  partition: KeyType;
  sort?: KeyType;
}

export const tables: readonly TableSpec[] = [
  { name: "HashS", partition: "S" },
  { name: "HashN", partition: "N" },
  { name: "HashB", partition: "B" },
  { name: "RangeS", partition: "S", sort: "S" },
  { name: "RangeN", partition: "S", sort: "N" },
  { name: "RangeB", partition: "N", sort: "B" },
];

export function createTableInput({ name, partition, sort }: TableSpec): Record<string, unknown> {
  const define = (AttributeName: string, AttributeType: KeyType): object => ({ AttributeName, AttributeType });
  const range = { AttributeName: "sk", KeyType: "RANGE" };
  return {
    TableName: name,
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: [define("pk", partition), ...(sort === undefined ? [] : [define("sk", sort)])],
    KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }, ...(sort === undefined ? [] : [range])],
  };
}

const texts = [
  "a",
  "ab",
  "abc",
  "b",
  "Z",
  "~",
  "ä",
  "é",
  "\u0000",
  "a\u0000",
  "\u{1f600}",
  "\uffee",
  "long".repeat(60),
];
const numbers = ["0", "1", "-1", "10", "9", "100", "-10", "0.5", "-0.25", "1000000", "123456789", "2.5"];
const binaries = ["AA==", "AAA=", "/w==", "//8=", "AP8=", "fw==", "gA==", "YWJj", "YWI="];

const keyValues: Record<KeyType, readonly string[]> = { S: texts, N: numbers, B: binaries };

type Input = Record<string, unknown>;

class Generator {
  readonly operations: ItemOperation[] = [];

  constructor(private readonly random: SeededRandom) {}

  private call(name: string, input: Input, wireOnly = false): void {
    this.operations.push({ kind: "call", name, input, ...(wireOnly ? { wireOnly } : {}) });
  }

  next(): void {
    const kind = this.random.below(1000);
    if (kind < 260) this.put();
    else if (kind < 370) this.update();
    else if (kind < 440) this.remove();
    else if (kind < 560) this.get();
    else if (kind < 620) this.batchWrite();
    else if (kind < 670) this.batchGet();
    else if (kind < 830) this.query();
    else if (kind < 900) this.scan();
    else if (kind < 970) this.bad();
    else this.maintain();
  }

  private table(): TableSpec {
    return this.random.pick(tables);
  }

  private key({ partition, sort }: TableSpec): WireItem {
    // Few partition keys where there is a sort key, so that item collections grow.
    const choices = sort === undefined ? keyValues[partition] : keyValues[partition].slice(0, 2);
    const key: WireItem = { pk: { [partition]: this.random.pick(choices) } };
    if (sort !== undefined) key["sk"] = { [sort]: this.random.pick(keyValues[sort]) };
    return key;
  }

  private value(depth = 0): WireValue {
    const { random } = this;
    const shape = random.below(depth > 2 ? 6 : 10);
    if (shape < 2) return { S: random.pick([...texts, ""]) };
    if (shape < 4) return { N: random.pick([...numbers, "1e30", "-3.14E-5", "00012.50"]) };
    if (shape === 4) return { B: random.pick([...binaries, ""]) };
    if (shape === 5) return random.pick([{ BOOL: true }, { BOOL: false }, { NULL: true }]);
    if (shape === 6) return { L: [this.value(depth + 1), this.value(depth + 1)] };
    if (shape === 7) return { M: { x: this.value(depth + 1), "odd name": this.value(depth + 1) } };
    return random.pick([{ SS: ["b", "a"] }, { NS: ["1", "2.50", "-3"] }, { BS: ["AQ==", "AA=="] }]);
  }

  private item(table: TableSpec): WireItem {
    const item = this.key(table);
    if (this.random.chance(0.7)) item["count"] = { N: String(this.random.below(20)) };
    if (this.random.chance(0.5)) item["color"] = { S: this.random.pick(["red", "green", "blue"]) };
    if (this.random.chance(0.6)) item["extra"] = this.value();
    // Several blocks, or a page of Query full before its Limit.
    if (this.random.chance(0.06)) item["zpad"] = { S: "bulk ".repeat(this.random.below(16_000)) };
    return item;
  }

  private condition(): Input {
    const names = { ExpressionAttributeNames: { "#c": "count" } };
    const four = { ...names, ExpressionAttributeValues: { ":four": { N: "4" } } };
    const failed = this.random.chance(0.5) ? { ReturnValuesOnConditionCheckFailure: "ALL_OLD" } : {};
    const conditions: Input[] = [
      ...Array.from({ length: 7 }, () => ({})),
      { ConditionExpression: "attribute_exists(pk)" },
      { ConditionExpression: "attribute_not_exists(pk)" },
      { ConditionExpression: "#c > :four", ...four },
      { ConditionExpression: "attribute_exists(pk) AND NOT #c BETWEEN :four AND :four", ...four },
    ];
    const condition = this.random.pick(conditions);
    return "ConditionExpression" in condition ? { ...condition, ...failed } : condition;
  }

  private put(): void {
    const table = this.table();
    const old = this.random.chance(0.4) ? { ReturnValues: "ALL_OLD" } : {};
    this.call("PutItem", { TableName: table.name, Item: this.item(table), ...old, ...this.condition() });
  }

  private remove(): void {
    const table = this.table();
    const old = this.random.chance(0.4) ? { ReturnValues: "ALL_OLD" } : {};
    this.call("DeleteItem", { TableName: table.name, Key: this.key(table), ...old, ...this.condition() });
  }

  private update(): void {
    const { random } = this;
    const table = this.table();
    const value = { ":v": this.value() };
    const step = { ":v": { N: random.pick(["1", "-2", "0.5"]) } };
    const change = random.pick<Input>([
      { UpdateExpression: "SET extra = :v", ExpressionAttributeValues: value },
      { UpdateExpression: "ADD visits :v", ExpressionAttributeValues: step },
      { UpdateExpression: "REMOVE color" },
      {
        UpdateExpression: "SET #n = if_not_exists(#n, :v) + :v REMOVE zpad",
        ExpressionAttributeNames: { "#n": "count" },
        ExpressionAttributeValues: step,
      },
      { UpdateExpression: "SET extra[1] = :v", ExpressionAttributeValues: value },
      {
        UpdateExpression: "SET extra = :v",
        ConditionExpression: "color = :red",
        ExpressionAttributeValues: { ...value, ":red": { S: "red" } },
      },
      {},
    ]);
    const returned = random.pick(["NONE", "ALL_OLD", "ALL_NEW", "UPDATED_OLD", "UPDATED_NEW"]);
    const ReturnConsumedCapacity = random.pick(["TOTAL", "NONE"]);
    const which = { TableName: table.name, Key: this.key(table) };
    this.call("UpdateItem", { ...which, ...change, ReturnValues: returned, ReturnConsumedCapacity });
  }

  private get(): void {
    const table = this.table();
    const paths = this.random.pick(["", "", "", "pk, extra.x, color", "extra[0], sk", "extra, extra.x"]);
    const projection = paths === "" ? {} : { ProjectionExpression: paths };
    const which = { TableName: table.name, Key: this.key(table), ConsistentRead: true };
    this.call("GetItem", { ...which, ...projection, ReturnConsumedCapacity: "TOTAL" });
  }

  private batchWrite(): void {
    const RequestItems: Record<string, object[]> = {};
    const seen = new Set<string>();
    for (let count = 1 + this.random.below(25); count > 0; count--) {
      const table = this.table();
      const item = this.item(table);
      const { pk, sk } = item as { pk: WireValue; sk?: WireValue };
      const key: WireItem = sk === undefined ? { pk } : { pk, sk };
      const identity = table.name + JSON.stringify(key);
      // Now and then a key stands twice, which is refused.
      if (seen.has(identity) && this.random.chance(0.97)) continue;
      seen.add(identity);
      const isDeletion = this.random.chance(0.3);
      (RequestItems[table.name] ??= []).push(
        isDeletion ? { DeleteRequest: { Key: key } } : { PutRequest: { Item: item } },
      );
    }
    this.call("BatchWriteItem", { RequestItems });
  }

  private batchGet(): void {
    const RequestItems: Record<string, object> = {};
    for (const table of tables) {
      if (this.random.chance(0.5)) continue;
      const keys = Array.from({ length: 1 + this.random.below(6) }, () => this.key(table));
      const distinct = [...new Map(keys.map((key) => [JSON.stringify(key), key])).values()];
      RequestItems[table.name] = { Keys: distinct, ConsistentRead: true };
    }
    this.call("BatchGetItem", { RequestItems }, Object.keys(RequestItems).length === 0);
  }

  private filter(): Input {
    const values = { ExpressionAttributeValues: { ":red": { S: "red" }, ":n": { N: "8" } } };
    return this.random.pick<Input>([
      {},
      {},
      {
        FilterExpression: "color = :red OR #c < :n",
        ExpressionAttributeNames: { "#c": "count" },
        ...values,
      },
      { FilterExpression: "attribute_exists(extra)" },
    ]);
  }

  private page(): Input {
    const { random } = this;
    const limit = random.chance(0.6) ? { Limit: 1 + random.below(6) } : {};
    const select = random.chance(0.15) ? { Select: "COUNT" } : {};
    return { ConsistentRead: true, ...limit, ...select, ReturnConsumedCapacity: random.pick(["TOTAL", "NONE"]) };
  }

  private query(): void {
    const { random } = this;
    const table = random.chance(0.85) ? random.pick(tables.filter(({ sort }) => sort !== undefined)) : this.table();
    const filter = this.filter();
    const { pk, sk } = this.key(table) as { pk: WireValue; sk?: WireValue };
    const values: WireItem = { ...(filter["ExpressionAttributeValues"] as WireItem | undefined), ":p": pk };
    let condition = "pk = :p";
    if (table.sort !== undefined && sk !== undefined && random.chance(0.8)) {
      const operators = ["=", "<", "<=", ">", ">=", "BETWEEN", ...(table.sort === "N" ? [] : ["begins_with"])];
      condition += ` AND ${sortClause(random.pick(operators))}`;
      values[":s"] = sk;
      if (condition.includes(":t")) values[":t"] = this.key(table)["sk"] as WireValue;
    }
    const input = {
      TableName: table.name,
      ...this.page(),
      ...filter,
      KeyConditionExpression: condition,
      ExpressionAttributeValues: values,
      ScanIndexForward: random.chance(0.5),
    };
    this.operations.push({ kind: "pages", name: "Query", input });
  }

  private scan(): void {
    const TotalSegments = 1 + this.random.below(8);
    const segment = this.random.chance(0.4) ? { Segment: this.random.below(TotalSegments), TotalSegments } : {};
    const input = { TableName: this.table().name, ...this.page(), ...this.filter(), ...segment };
    this.operations.push({ kind: "pages", name: "Scan", input });
  }

  /** Requests that must be refused, each with the same words at every door. */
  private bad(): void {
    const { random } = this;
    const table = this.table();
    const TableName = table.name;
    const Key = this.key(table);
    const wrongType = table.partition === "S" ? { N: "1" } : { S: "text" };
    const cases: [name: string, input: Input, wireOnly?: boolean][] = [
      ["GetItem", { TableName: "Nowhere", Key }],
      ["GetItem", { TableName: "x", Key }],
      ["GetItem", { TableName, Key: { ...Key, pk: wrongType } }],
      ["GetItem", { TableName, Key: { ...Key, more: { S: "x" } } }],
      ["GetItem", { TableName, Key, ProjectionExpression: "pk, , color" }],
      ["GetItem", { TableName, Key, ProjectionExpression: "pk, #missing" }],
      ["PutItem", { TableName, Item: { color: { S: "red" } } }],
      ["PutItem", { TableName, Item: { ...Key, pk: wrongType } }],
      ["PutItem", { TableName, Item: { ...Key, set: { SS: [] } } }],
      ["PutItem", { TableName, Item: { ...Key, set: { NS: ["1", "1.0"] } } }],
      ["PutItem", { TableName, Item: { ...Key, n: { N: "not a number" } } }],
      ["PutItem", { TableName, Item: { ...Key, n: { N: "1e200" } } }],
      ["PutItem", { TableName, Item: Key, ReturnValues: "ALL_NEW" }],
      ["PutItem", { TableName, Item: Key, ConditionExpression: "size(pk) >" }],
      ["PutItem", { TableName, Item: { ...Key, bulk: { S: "x".repeat(410_000) } } }],
      [
        "UpdateItem",
        { TableName, Key, UpdateExpression: "SET pk = :v", ExpressionAttributeValues: { ":v": { N: "1" } } },
      ],
      ["UpdateItem", { TableName, Key, UpdateExpression: "SET a = :v" }],
      ["Query", { TableName, KeyConditionExpression: "color = :v", ExpressionAttributeValues: { ":v": { S: "red" } } }],
      ["Query", { TableName }],
      ["Scan", { TableName, Segment: 3, TotalSegments: 2 }],
      ["Scan", { TableName, Limit: 0 }],
      ["BatchWriteItem", { RequestItems: { [TableName]: [] } }],
      ["CreateTable", createTableInput(table)],
      ["CreateTable", { ...createTableInput(table), TableName: "Bad", KeySchema: [] }],
      ["DescribeTable", { TableName: "Nowhere" }],
      ["PutItem", { TableName, Item: { ...Key, odd: { Q: "1" } } }, true],
      ["PutItem", { TableName, Item: { ...Key, two: { S: "1", N: "1" } } }, true],
      ["PutItem", { TableName, Item: { ...Key, b: { B: "not base64!" } } }, true],
      ["PutItem", { TableName: 7, Item: [] }, true],
      ["PutItem", {}, true],
      ["NoSuchOperation", {}, true],
    ];
    this.call(...random.pick(cases));
  }

  private maintain(): void {
    const { random } = this;
    const table = this.table();
    const kind = random.below(10);
    if (kind < 2) this.operations.push({ kind: "reopen" });
    else if (kind < 5) this.operations.push({ kind: "flush" });
    else if (kind < 6) {
      this.call("DeleteTable", { TableName: table.name });
      this.call("GetItem", { TableName: table.name, Key: this.key(table) });
      this.call("CreateTable", createTableInput(table));
    } else if (kind < 8) this.call("DescribeTable", { TableName: table.name });
    else this.call("ListTables", random.chance(0.5) ? {} : { Limit: 2, ExclusiveStartTableName: table.name });
  }
}

function sortClause(operator: string): string {
  if (operator === "BETWEEN") return "sk BETWEEN :s AND :t";
  if (operator === "begins_with") return "begins_with(sk, :s)";
  return `sk ${operator} :s`;
}

/** The tables are made, then come at least `steps` requests, then every table is read whole and described. */
export function generateItemOperations(seed: number, steps: number): ItemOperation[] {
  const create = tables.map((table): ItemOperation => ({
    kind: "call",
    name: "CreateTable",
    input: createTableInput(table),
  }));
  const generator = new Generator(new SeededRandom(seed));
  while (generator.operations.length < steps) generator.next();
  const readAll = tables.flatMap(({ name: TableName }): ItemOperation[] => [
    { kind: "pages", name: "Scan", input: { TableName, ConsistentRead: true } },
    { kind: "call", name: "DescribeTable", input: { TableName } },
  ]);
  return [...create, ...generator.operations, ...readAll, { kind: "reopen" }, ...readAll];
}
