/**
 * One list of requests at all doors: the first runs beside the model of items, and every other must answer as it did.
 *
 * The SDK is not sent what it could not send; there its answer is not compared.
 */
import { allPages, answerTo, isRefusal, normalize, runAtDoor } from "./doors-run.js";
import { doorKinds, reference, type Door } from "./doors.js";
import type { ComparisonTotals } from "./engine.js";
import { canonical, ItemModel } from "./item-model.js";
import { generateItemOperations, type ItemOperation, type WireItem } from "./item-operations.js";
import { compareResults, Divergence, type Result } from "./results.js";

export interface DoorsComparison {
  seed: number;
  steps: number;
  /** Only the doors of these names, beside the reference. */
  only?: readonly string[];
}

type Input = Record<string, unknown>;

/** Follows the reference door with the model; throws a Divergence when they disagree. */
class ModelCheck {
  private readonly model = new ItemModel();

  constructor(private readonly door: Door) {}

  async run(operations: readonly ItemOperation[], command: string): Promise<void> {
    for (const [index, operation] of operations.entries()) {
      const answer = await answerTo(this.door, operation);
      const [actual, expected] = await this.verdict(operation, answer);
      if (normalize(actual) === normalize(expected)) continue;
      const where = `model of items, operation ${index}: ${JSON.stringify(operation).slice(0, 2000)}`;
      throw new Divergence(
        `${command}\n  ${where}\n  got      ${normalize(actual)}\n  expected ${normalize(expected)}`,
      );
    }
  }

  /** What is compared of the answer, and what the model says of it. */
  private async verdict(operation: ItemOperation, answer: unknown): Promise<[actual: unknown, expected: unknown]> {
    if (operation.kind === "pages") return this.pages(operation, answer as { Items?: WireItem[]; Count: number }[]);
    if (operation.kind !== "call" || isRefusal(answer)) return [undefined, undefined];
    const { name, input } = operation;
    if (name === "GetItem" && input["ProjectionExpression"] === undefined) {
      return [canonical((answer as { Item?: WireItem }).Item), this.stored(String(input["TableName"]), input["Key"])];
    }
    if (name === "BatchGetItem") return this.batch(input, answer as { Responses: Record<string, WireItem[]> });
    this.model.note(name, input, name === "UpdateItem" ? await this.readBack(input) : undefined);
    return [undefined, undefined];
  }

  private stored(tableName: string, key: unknown): WireItem | undefined {
    return this.model.contents(tableName).get(ItemModel.identity(key as WireItem));
  }

  private async readBack({ TableName, Key }: Input): Promise<WireItem | undefined> {
    const { Item } = (await this.door.call("GetItem", { TableName, Key, ConsistentRead: true })) as { Item?: WireItem };
    return Item;
  }

  private batch(input: Input, { Responses }: { Responses: Record<string, WireItem[]> }): [unknown, unknown] {
    const requests = Object.entries(input["RequestItems"] as Record<string, { Keys: WireItem[] }>);
    const expected = requests.map(([name, { Keys }]) => [
      name,
      Keys.map((key) => this.stored(name, key)).filter((item) => item !== undefined),
    ]);
    return [canonical(Responses), Object.fromEntries(expected)];
  }

  private pages(
    { name, input }: ItemOperation & { kind: "pages" },
    pages: readonly { Items?: WireItem[]; Count: number }[],
  ): [unknown, unknown] {
    const expected = pages.some(isRefusal)
      ? undefined
      : name === "Query"
        ? this.model.query(input)
        : this.model.scan(input);
    if (expected === undefined) return [undefined, undefined];
    const count = pages.reduce((sum, { Count }) => sum + Count, 0);
    if (input["Select"] === "COUNT") return [count, expected.length];
    const items = pages.flatMap(({ Items }) => Items ?? []);
    const identities = items.map((item) => ItemModel.identity(item));
    const isWhole = items.every((item) => this.isStored(String(input["TableName"]), item));
    return [
      { items: name === "Scan" ? identities.sort() : identities, isWhole },
      { items: expected, isWhole: true },
    ];
  }

  private isStored(tableName: string, item: WireItem): boolean {
    return normalize(canonical(item)) === normalize(this.stored(tableName, item));
  }
}

/** Scans in segments must find together what one Scan finds. */
async function checkSegments(door: Door, TableName: string): Promise<void> {
  const whole = await allPages(door, "Scan", { TableName, ConsistentRead: true, Limit: 7 });
  const TotalSegments = 5;
  const parts: Record<string, unknown>[] = [];
  for (let Segment = 0; Segment < TotalSegments; Segment++) {
    parts.push(...(await allPages(door, "Scan", { TableName, ConsistentRead: true, Segment, TotalSegments })));
  }
  const items = (pages: readonly Record<string, unknown>[]): Result =>
    normalize(pages.flatMap((page) => page["Items"]));
  if (items(whole) !== items(parts)) throw new Divergence(`the segments of a Scan of ${TableName} are not the Scan`);
}

export async function compareDoors({ seed, steps, only }: DoorsComparison): Promise<ComparisonTotals> {
  const operations = generateItemOperations(seed, steps);
  const command = `npm run metamorphic -- --doors --seed ${seed} --steps ${steps}`;
  await reference.with(seed, (door) => new ModelCheck(door).run(operations, command));
  const expected = await reference.with(seed, (door) => runAtDoor(door, operations));
  const kinds = doorKinds.filter(({ name }) => only === undefined || only.includes(name));
  if (kinds.length === 0) throw new Divergence(`no door is named ${only?.join() ?? ""}`);
  for (const kind of kinds) {
    await kind.with(seed, async (door) => {
      const results = await runAtDoor(door, operations);
      // What was not sent to this door has no answer to compare.
      const comparable = expected.map((result, at) => (results[at] === normalize("not sent") ? results[at] : result));
      compareResults(results, comparable, operations, { name: kind.name, command: `${command} --set "${kind.name}"` });
      await checkSegments(door, "RangeS");
    });
  }
  return { operations: operations.length * (kinds.length + 1), sets: kinds.length + 1 };
}
