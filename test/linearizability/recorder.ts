/**
 * Clients that work on few items of a server at the same time, and the history of what they asked and were answered.
 *
 * Their calls go on through kills: one that got no answer stays in the history with its outcome unknown, and its client goes on with
 * the next server. All clients begin at one item at the same moment, then go on to the next: when an item's turn comes again it is no
 * more in memory, so that its readers and writers meet while they wait for the disk. Eventually consistent reads stand apart: they promise only a
 * state that the item was once in.
 */
import type { SeededRandom } from "../../src/io/simulated/index.js";
import { Refused, Unanswered, type WireClient } from "../support/wire-client.js";
import type { Operation } from "./checker.js";
import { absent, type ItemInput, type ItemOutput } from "./item-model.js";

export const TableName = "Registers";

/** How many operations a client does before all go on to the next item. */
const operationsInTurn = 2;
/** Fills memtables. */
const filler = { S: "x".repeat(400) };

interface WireRegister {
  pk: { S: string };
  v?: { S: string };
  n?: { N: string };
}

function stateOf(item: WireRegister | undefined): string {
  return item === undefined ? absent : `${item.v?.S ?? "none"},${item.n?.N ?? "0"}`;
}

export class Recorder {
  readonly histories = new Map<string, Operation<ItemInput, ItemOutput>[]>();
  /** What eventually consistent reads gave. */
  readonly eventual: { key: string; value: string; atMs: number }[] = [];
  private values = 0;

  constructor(
    private readonly random: SeededRandom,
    private readonly keys: readonly string[],
  ) {
    for (const key of keys) this.histories.set(key, []);
  }

  /** Lets so many clients work until `isOver`; from then on a request may stay without an answer. */
  async run(client: WireClient, clients: number, isOver: () => boolean): Promise<void> {
    for (let turn = 0; !isOver(); turn++) {
      const key = this.keys[turn % this.keys.length] as string;
      await Promise.all(Array.from({ length: clients }, () => this.work(client, key, isOver)));
    }
  }

  private async work(client: WireClient, key: string, isOver: () => boolean): Promise<void> {
    for (let count = 0; count < operationsInTurn && !isOver(); count++) {
      try {
        const itsKey = this.random.below(4) === 0 ? this.random.pick(this.keys) : key;
        if (this.random.below(8) === 0) await this.readEventually(client, itsKey);
        else await this.record(client, itsKey, this.draw(itsKey));
      } catch (error) {
        if (isOver() && error instanceof Unanswered) return;
        throw error;
      }
    }
  }

  get length(): number {
    return [...this.histories.values()].reduce((sum, history) => sum + history.length, 0);
  }

  /** Whether the value was sent for the key before that time. */
  hasSent(key: string, value: string, atMs: number): boolean {
    const history = this.histories.get(key) ?? [];
    return history.some(({ input, called }) => "value" in input && input.value === value && called <= atMs);
  }

  private draw(key: string): ItemInput {
    const value = `${key}-${++this.values}`;
    const kind = this.random.pick([
      "get",
      "get",
      "get",
      "put",
      "putIfAbsent",
      "compareAndSet",
      "compareAndSet",
      "add",
      "delete",
    ]);
    switch (kind) {
      case "put":
      case "putIfAbsent":
        return { kind, value };
      case "compareAndSet":
        return { kind, value, expected: this.likelyValue(key) };
      case "add":
      case "delete":
        return { kind };
      default:
        return { kind: "get" };
    }
  }

  /** A value that the item may have now, so that comparisons succeed now and then. */
  private likelyValue(key: string): string {
    const recent = (this.histories.get(key) ?? [])
      .slice(-8)
      .flatMap(({ input }) => ("value" in input ? [input.value] : []));
    return recent.length === 0 ? "nothing" : this.random.pick(recent);
  }

  private async record(client: WireClient, key: string, input: ItemInput): Promise<void> {
    const operation: Operation<ItemInput, ItemOutput> = {
      input,
      called: performance.now(),
      output: undefined,
      returned: undefined,
    };
    this.histories.get(key)?.push(operation);
    operation.output = await execute(client, key, input);
    operation.returned = performance.now();
  }

  private async readEventually(client: WireClient, key: string): Promise<void> {
    const { Item } = await client.call<{ Item?: WireRegister }>("GetItem", { TableName, Key: { pk: { S: key } } });
    if (Item?.v !== undefined) this.eventual.push({ key, value: Item.v.S, atMs: performance.now() });
  }
}

async function execute(client: WireClient, key: string, input: ItemInput): Promise<ItemOutput> {
  const Key = { pk: { S: key } };
  switch (input.kind) {
    case "get":
      return stateOf(
        (await client.call<{ Item?: WireRegister }>("GetItem", { TableName, Key, ConsistentRead: true })).Item,
      );
    case "put":
    case "putIfAbsent": {
      const condition = input.kind === "put" ? {} : { ConditionExpression: "attribute_not_exists(pk)" };
      return conditional(client, "PutItem", {
        TableName,
        Item: { ...Key, v: { S: input.value }, filler },
        ...condition,
      });
    }
    case "compareAndSet":
      return conditional(client, "UpdateItem", {
        TableName,
        Key,
        UpdateExpression: "SET v = :v",
        ConditionExpression: "v = :expected",
        ExpressionAttributeValues: { ":v": { S: input.value }, ":expected": { S: input.expected } },
      });
    case "add": {
      const { Attributes } = await client.call<{ Attributes: { n: { N: string } } }>("UpdateItem", {
        TableName,
        Key,
        UpdateExpression: "ADD n :one",
        ExpressionAttributeValues: { ":one": { N: "1" } },
        ReturnValues: "UPDATED_NEW",
      });
      return Attributes.n.N;
    }
    case "delete": {
      const input = { TableName, Key, ReturnValues: "ALL_OLD" };
      return stateOf((await client.call<{ Attributes?: WireRegister }>("DeleteItem", input)).Attributes);
    }
  }
}

async function conditional(client: WireClient, operationName: string, input: object): Promise<ItemOutput> {
  try {
    await client.call(operationName, input);
    return "done";
  } catch (error) {
    if (error instanceof Refused && error.name === "ConditionalCheckFailedException") return "refused";
    throw error;
  }
}
