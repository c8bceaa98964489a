/**
 * A model of tables that shares no code with them: a list of items a table, for the requests that are simple enough to be sure of.
 *
 * Whether a write was carried out it takes from the answer, and what an update made from a GetItem after it. All else it says itself: what
 * GetItem, BatchGetItem, Query and Scan must find, and in which order a Query does.
 */
import { isDeepStrictEqual } from "node:util";
import { tables, type KeyType, type TableSpec, type WireItem, type WireValue } from "./item-operations.js";

type Input = Record<string, unknown>;

function table(name: unknown): TableSpec | undefined {
  return tables.find((spec) => spec.name === name);
}

function compareKeys(type: KeyType, left: WireValue, right: WireValue): number {
  const [a, b] = [String(left[type]), String(right[type])];
  // The numbers of keys have few digits, so a double holds them.
  if (type === "N") return Number(a) - Number(b);
  const encoding = type === "S" ? "utf8" : "base64";
  return Buffer.from(a, encoding).compare(Buffer.from(b, encoding));
}

/** How the numbers that requests write in another way come back. */
const canonicalNumbers: Record<string, string> = {
  "1e30": "1000000000000000000000000000000",
  "-3.14E-5": "-0.0000314",
  "00012.50": "12.5",
  "2.50": "2.5",
};

/** With numbers as they come back, and sets, which have no order, sorted. */
export function canonical<Value>(value: Value): Value {
  const convert = (member: string | undefined, content: unknown): unknown => {
    if (member === "N") return canonicalNumbers[String(content)] ?? content;
    if (member === "NS") return (content as string[]).map((number) => canonicalNumbers[number] ?? number).sort();
    if (member === "SS" || member === "BS") return [...(content as string[])].sort();
    if (Array.isArray(content)) return content.map((element) => convert(undefined, element));
    if (typeof content !== "object" || content === null) return content;
    return Object.fromEntries(Object.entries(content).map(([name, inner]) => [name, convert(name, inner)]));
  };
  return convert(undefined, value) as Value;
}

export class ItemModel {
  private readonly items = new Map<string, Map<string, WireItem>>(tables.map(({ name }) => [name, new Map()]));

  static identity({ pk, sk }: WireItem): string {
    return JSON.stringify([pk, sk]);
  }

  contents(name: string): Map<string, WireItem> {
    return this.items.get(name) ?? new Map<string, WireItem>();
  }

  /** A request that was carried out; `updated` is what the key of an UpdateItem holds now. */
  note(name: string, input: Input, updated?: WireItem): void {
    const of = this.contents(String(input["TableName"]));
    if (name === "DeleteTable") of.clear();
    else if (name === "BatchWriteItem") this.noteBatch(input);
    else if (name === "DeleteItem") of.delete(ItemModel.identity(input["Key"] as WireItem));
    else if (name === "PutItem") {
      const item = canonical(input["Item"] as WireItem);
      of.set(ItemModel.identity(item), item);
    } else if (name === "UpdateItem" && updated !== undefined) of.set(ItemModel.identity(updated), canonical(updated));
  }

  private noteBatch(input: Input): void {
    type Request = { PutRequest?: { Item: WireItem }; DeleteRequest?: { Key: WireItem } };
    for (const [name, requests] of Object.entries(input["RequestItems"] as Record<string, Request[]>)) {
      for (const { PutRequest, DeleteRequest } of requests) {
        if (PutRequest !== undefined) {
          this.contents(name).set(ItemModel.identity(PutRequest.Item), canonical(PutRequest.Item));
        }
        if (DeleteRequest !== undefined) this.contents(name).delete(ItemModel.identity(DeleteRequest.Key));
      }
    }
  }

  /** The identities that a Query without filter must find, in order; undefined where this model does not know. */
  query(input: Input): string[] | undefined {
    const spec = table(input["TableName"]);
    if (spec === undefined || input["FilterExpression"] !== undefined) return undefined;
    const values = input["ExpressionAttributeValues"] as WireItem;
    const condition = String(input["KeyConditionExpression"]);
    const { sort } = spec;
    const found = [...this.contents(spec.name).values()].filter(
      (item) =>
        isDeepStrictEqual(item["pk"], values[":p"]) && (sort === undefined || selects(sort, condition, values, item)),
    );
    if (sort !== undefined) found.sort((a, b) => compareKeys(sort, a["sk"] as WireValue, b["sk"] as WireValue));
    if (input["ScanIndexForward"] === false) found.reverse();
    return found.map((item) => ItemModel.identity(item));
  }

  /** The sorted identities that a Scan of a whole table must find. */
  scan(input: Input): string[] | undefined {
    if (input["FilterExpression"] !== undefined || input["TotalSegments"] !== undefined) return undefined;
    return [...this.contents(String(input["TableName"])).keys()].sort();
  }
}

function selects(type: KeyType, condition: string, values: WireItem, item: WireItem): boolean {
  const [, clause] = condition.split(" AND sk ");
  const sk = item["sk"] as WireValue;
  const against = (name: string): number => compareKeys(type, sk, values[name] as WireValue);
  if (condition.includes("begins_with")) {
    const encoding = type === "S" ? "utf8" : "base64";
    const hex = (value: WireValue): string => Buffer.from(String(value[type]), encoding).toString("hex");
    return hex(sk).startsWith(hex(values[":s"] as WireValue));
  }
  if (clause === undefined) return true;
  const [operator] = clause.split(" ");
  if (operator === "BETWEEN") return against(":s") >= 0 && against(":t") <= 0;
  const sign = Math.sign(against(":s"));
  const accepted: Record<string, number[]> = { "=": [0], "<": [-1], "<=": [-1, 0], ">": [1], ">=": [0, 1] };
  return accepted[operator ?? ""]?.includes(sign) ?? false;
}
