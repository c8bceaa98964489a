/**
 * Runs a list of requests at one door, and gives the answer to each in the same words for all doors.
 *
 * What differs by nature is left out: times and ids of tables. After the list the entries of the store's own trees are read: each must be the
 * item that GetItem gives for its key, in the partition that its hash names, and nothing else may be there.
 */
import { isDeepStrictEqual } from "node:util";
import { decodeItem } from "../../src/tables/values/item-encoding.js";
import { decodeEntryKey, encodeEntryKey } from "../../src/tables/values/key-encoding.js";
import type { AttributeValue } from "../../src/tables/values/attribute-value.js";
import type { Door, Refusal } from "./doors.js";
import { tables, type ItemOperation, type TableSpec, type WireItem } from "./item-operations.js";
import { Divergence, type Result } from "./results.js";

type Output = Record<string, unknown>;

const byNature = new Set(["TableId", "CreationDateTime", "LastUpdateToPayPerRequestDateTime"]);

/** JSON with sorted members, without what differs by nature. */
export function normalize(value: unknown): Result {
  return JSON.stringify(value, (name, content: unknown) => {
    if (byNature.has(name)) return undefined;
    if (typeof content !== "object" || content === null || Array.isArray(content)) return content;
    return Object.fromEntries(Object.entries(content).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/** Every page of a Query or Scan; ends with the page that refuses. */
export async function allPages(door: Door, name: string, input: Output): Promise<Output[]> {
  const pages: Output[] = [];
  for (let start: unknown; ;) {
    const page = (await door.call(
      name,
      start === undefined ? input : { ...input, ExclusiveStartKey: start },
    )) as Output;
    pages.push(page);
    start = page["LastEvaluatedKey"];
    if (start === undefined) return pages;
    if (pages.length > 1000) throw new Divergence("paging does not end");
  }
}

export async function answerTo(door: Door, operation: ItemOperation): Promise<unknown> {
  switch (operation.kind) {
    case "call":
      return operation.wireOnly === true && !door.isWire ? "not sent" : door.call(operation.name, operation.input);
    case "pages":
      return allPages(door, operation.name, operation.input);
    case "reopen":
      await door.reopen();
      return "done";
    case "flush":
      await door.store.flush();
      return "done";
  }
}

/** The results of all operations; what is thrown ends the run and is the last result. */
export async function runAtDoor(door: Door, operations: readonly ItemOperation[]): Promise<Result[]> {
  const results: Result[] = [];
  try {
    for (const operation of operations) results.push(normalize(await answerTo(door, operation)));
    results.push(await checkStore(door));
  } catch (error) {
    results.push(`thrown: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }
  return results;
}

/** How many entries the trees of each table hold, once each is checked. */
async function checkStore(door: Door): Promise<Result> {
  const counts: string[] = [];
  for (const spec of tables) counts.push(`${spec.name} ${await checkTable(door, spec)}`);
  return counts.join(", ");
}

async function checkTable(door: Door, { name: TableName, sort }: TableSpec): Promise<number> {
  const description = (await door.call("DescribeTable", { TableName })) as {
    Table: { TableId: string; ItemCount: number };
  };
  const { TableId, ItemCount } = description.Table;
  let count = 0;
  let before: Buffer | undefined;
  for (const name of partitionTrees(door, TableId)) {
    for await (const [key, value] of (await door.store.tree(name)).iterate()) {
      const { item } = decodeItem(value);
      const partition = item["pk"] as AttributeValue;
      const sorts = sort === undefined ? [] : [item["sk"] as AttributeValue];
      expect(Buffer.from(encodeEntryKey(partition, sorts)).equals(key), `the key of ${JSON.stringify(item)}`);
      expect(
        isDeepStrictEqual(decodeEntryKey(key).values, [partition, ...sorts]),
        `the values in the key of ${TableName}`,
      );
      // Partitions in their order hold the hash space in its order.
      expect(before === undefined || before.compare(key) < 0, `the order of ${JSON.stringify(item)}`);
      before = Buffer.from(key);
      const Key = { pk: partition, ...(sort === undefined ? {} : { sk: item["sk"] }) };
      const answer = (await door.call("GetItem", { TableName, Key, ConsistentRead: true })) as { Item?: WireItem };
      expect(normalize(answer.Item) === normalize(item), `GetItem of ${JSON.stringify(Key)}, stored`);
      count++;
    }
  }
  expect(count === ItemCount, `ItemCount ${ItemCount} of ${TableName}, stored are ${count}`);
  return count;
}

/** The trees of the table, by the number of the partition. */
function partitionTrees(door: Door, tableId: string): string[] {
  const prefix = `table/${tableId}/`;
  const own = door.store.treeNames().filter((name) => name.startsWith(prefix));
  return own.sort((a, b) => Number(a.slice(prefix.length)) - Number(b.slice(prefix.length)));
}

function expect(holds: boolean, what: string): void {
  if (!holds) throw new Divergence(`does not hold: ${what}`);
}

export function isRefusal(answer: unknown): answer is Refusal {
  return typeof answer === "object" && answer !== null && "error" in answer;
}
