/**
 * The load of a killed server: writers that each own some keys and use every kind of write, and readers that check while it goes on.
 *
 * A consistent read must show a version that was acknowledged when it began, or one that was under way since. A writer ends at
 * the first answer that does not come; anything else that is unexpected is a fault of the server and goes to `faults`.
 */
import { Refused, Unanswered, type WireClient } from "../support/wire-client.js";
import { describe, isVersion, itemOf, type ExpectedState, type WireItem } from "./expected-state.js";

export const TableName = "Kills";
const throttled = new Set(["ThrottlingException", "ProvisionedThroughputExceededException", "RequestLimitExceeded"]);

export interface LoadOptions {
  client: WireClient;
  expected: ExpectedState;
  writers: number;
  keysPerWriter: number;
  /** A uniform integer below `bound`. */
  below: (bound: number) => number;
}

export class Load {
  readonly faults: string[] = [];
  writes = 0;
  reads = 0;
  private over = false;

  constructor(private readonly options: LoadOptions) {}

  /** Runs until `stop` is called and every request has ended. */
  async run(): Promise<void> {
    const { writers } = this.options;
    const loops = Array.from({ length: writers }, (_, writer) => this.guarded(() => this.write(writer)));
    await Promise.all([...loops, this.guarded(() => this.read()), this.guarded(() => this.read())]);
  }

  stop(): void {
    this.over = true;
  }

  private async guarded(step: () => Promise<void>): Promise<void> {
    try {
      while (!this.over) await step();
    } catch (error) {
      if (this.over && error instanceof Unanswered) return;
      this.faults.push(`while the server ran: ${String(error)}`);
    }
  }

  private keyOf(writer: number): string {
    return `writer-${writer}-${this.options.below(this.options.keysPerWriter)}`;
  }

  private async write(writer: number): Promise<void> {
    const { below } = this.options;
    if (below(8) === 0) return this.writeBatch(writer);
    const key = this.keyOf(writer);
    if (below(12) === 0) return this.writeRefused(key);
    const { expected } = this.options;
    const before = itemOf(key, expected.of(key).acknowledged);
    const version = expected.send(key);
    if (!(await this.sendOne(key, version, before))) return expected.refuse(key);
    expected.acknowledge(key, version);
    this.writes++;
  }

  /** One write of any kind that brings the key to the version; false when the service had no room for it. */
  private async sendOne(key: string, version: number, before: WireItem | undefined): Promise<boolean> {
    const { client, below } = this.options;
    const item = itemOf(key, version);
    const Key = { pk: { S: key } };
    try {
      if (item === undefined) await client.call("DeleteItem", { TableName, Key });
      else if (below(3) === 0) await client.call("UpdateItem", updateOf(item));
      else await client.call("PutItem", { TableName, Item: item, ...(below(2) === 0 ? {} : conditionOn(before)) });
      return true;
    } catch (error) {
      if (error instanceof Refused && throttled.has(error.name)) return false;
      throw error;
    }
  }

  private async writeBatch(writer: number): Promise<void> {
    const { client, expected } = this.options;
    const keys = [...new Set(Array.from({ length: 6 }, () => this.keyOf(writer)))];
    const versions = new Map(keys.map((key) => [key, expected.send(key)]));
    const requests = keys.map((key) => requestOf(key, versions.get(key) as number));
    const answer = await client.call<{ UnprocessedItems?: Record<string, BatchRequest[]> }>("BatchWriteItem", {
      RequestItems: { [TableName]: requests },
    });
    const unprocessed = new Set((answer.UnprocessedItems?.[TableName] ?? []).map(keyOfRequest));
    for (const [key, version] of versions) {
      if (unprocessed.has(key)) expected.refuse(key);
      else expected.acknowledge(key, version);
    }
    this.writes += keys.length;
  }

  /** A put whose condition does not hold: refused, and nothing changes. */
  private async writeRefused(key: string): Promise<void> {
    const { client, expected } = this.options;
    const { acknowledged } = expected.of(key);
    const Item = { pk: { S: key }, version: { N: "-1" }, filler: { S: "refused" } };
    const condition =
      itemOf(key, acknowledged) === undefined ? versionIs(String(acknowledged)) : conditionOn(undefined);
    try {
      await client.call("PutItem", { TableName, Item, ...condition });
      this.faults.push(`${key}: a put was done although its condition does not hold at version ${acknowledged}`);
    } catch (error) {
      if (!(error instanceof Refused && error.name === "ConditionalCheckFailedException")) throw error;
    }
  }

  private async read(): Promise<void> {
    const { client, expected, writers, below } = this.options;
    const key = this.keyOf(below(writers));
    const before = { ...expected.of(key) };
    const { Item } = await client.call<{ Item?: WireItem }>("GetItem", {
      TableName,
      Key: { pk: { S: key } },
      ConsistentRead: true,
    });
    this.reads++;
    const possible = [before.acknowledged, ...(before.pending === undefined ? [] : [before.pending])];
    for (let version = before.sent + 1; version <= expected.of(key).sent; version++) possible.push(version);
    if (possible.some((version) => isVersion(key, version, Item))) return;
    this.faults.push(`${key}: a consistent read gave ${describe(Item)}, expected one of ${possible.join(", ")}`);
  }
}

interface BatchRequest {
  PutRequest?: { Item: WireItem };
  DeleteRequest?: { Key: { pk: { S: string } } };
}

function requestOf(key: string, version: number): BatchRequest {
  const Item = itemOf(key, version);
  return Item === undefined ? { DeleteRequest: { Key: { pk: { S: key } } } } : { PutRequest: { Item } };
}

function keyOfRequest(request: BatchRequest): string {
  return request.PutRequest?.Item.pk.S ?? request.DeleteRequest?.Key.pk.S ?? "";
}

function updateOf(item: WireItem): object {
  return {
    TableName,
    Key: { pk: item.pk },
    UpdateExpression: "SET version = :v, filler = :f",
    ExpressionAttributeValues: { ":v": item.version, ":f": item.filler },
  };
}

/** Holds when the item is as it was. */
function conditionOn(before: WireItem | undefined): object {
  return before === undefined ? { ConditionExpression: "attribute_not_exists(pk)" } : versionIs(before.version.N);
}

function versionIs(version: string): object {
  return { ConditionExpression: "version = :before", ExpressionAttributeValues: { ":before": { N: version } } };
}
