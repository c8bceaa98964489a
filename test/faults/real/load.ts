/**
 * A steady load over several connections, and its oracle: writers, strongly and eventually consistent readers and queriers, each a loop of its own.
 *
 * Every key has one writer, which puts version after version; an item's filler follows from its key and version. So every answer can be
 * judged: a strongly consistent read gives a version from the last that was acknowledged before it began to the last that was sent, an eventually
 * consistent one any that was sent, or none; and the filler must fit. What is wrong and what fails is kept by kind, with every latency.
 */
import { connect, type Target } from "../../../src/cli/target.js";

const TableName = "Load";
const groups = 12;
const keysOfGroup = 25;
const keyCount = groups * keysOfGroup;

export type Kind = "put" | "get" | "eventual get" | "query";
export const kinds: readonly Kind[] = ["put", "get", "eventual get", "query"];

interface Item {
  pk: { S: string };
  sk: { N: string };
  version: { N: string };
  filler: { S: string };
}

export interface LoadOptions {
  writers?: number;
  readers?: number;
  /** Between an answer and the next request of a loop. */
  pauseMs?: number;
  fillerBytes?: number;
}

export class Load {
  /** The last version sent and acknowledged, by key. */
  readonly sent = new Array<number>(keyCount).fill(0);
  readonly acknowledged = new Array<number>(keyCount).fill(0);
  /** Requests that failed. */
  failures: string[] = [];
  /** Answers that break a promise. */
  readonly wrong: string[] = [];
  private latencies = new Map<Kind, number[]>();
  private running: Promise<void>[] = [];
  private isOver = false;
  private target: Target | undefined;

  constructor(private readonly options: LoadOptions = {}) {}

  async createTable(url: string): Promise<void> {
    const target = await connect(url);
    await target.execute("CreateTable", {
      TableName,
      AttributeDefinitions: [
        { AttributeName: "pk", AttributeType: "S" },
        { AttributeName: "sk", AttributeType: "N" },
      ],
      KeySchema: [
        { AttributeName: "pk", KeyType: "HASH" },
        { AttributeName: "sk", KeyType: "RANGE" },
      ],
      BillingMode: "PAY_PER_REQUEST",
    });
    await target.close();
  }

  async start(url: string): Promise<void> {
    const { writers = 4, readers = 2 } = this.options;
    this.target = await connect(url);
    this.isOver = false;
    for (let writer = 0; writer < writers; writer++) this.loop("put", () => this.put(this.keyOf(writer, writers)));
    for (let reader = 0; reader < readers; reader++) {
      this.loop("get", () => this.get(pick(keyCount), true));
      this.loop("eventual get", () => this.get(pick(keyCount), false));
    }
    this.loop("query", () => this.query(pick(groups)));
  }

  /** Ends the loops; what is under way is waited for. */
  async stop(): Promise<void> {
    this.isOver = true;
    await Promise.all(this.running.splice(0));
    await this.target?.close();
  }

  /** Forgets the latencies so far: a new phase begins. */
  beginPhase(): void {
    this.latencies = new Map();
  }

  /** Of the phase, by kind: how many answers, their 99th percentile and their longest, in ms. */
  figures(): Record<Kind, { count: number; p99Ms: number; longestMs: number }> {
    const of = (kind: Kind): { count: number; p99Ms: number; longestMs: number } => {
      const sorted = [...(this.latencies.get(kind) ?? [])].sort((a, b) => a - b);
      const at = (part: number): number => Math.round(sorted[Math.ceil(part * sorted.length) - 1] ?? 0);
      return { count: sorted.length, p99Ms: at(0.99), longestMs: at(1) };
    };
    return { put: of("put"), get: of("get"), "eventual get": of("eventual get"), query: of("query") };
  }

  /** Puts every key once more, by the same rules. */
  async putAll(url: string): Promise<void> {
    this.target = await connect(url);
    for (let key = 0; key < keyCount; key += 20) {
      await Promise.all(Array.from({ length: Math.min(20, keyCount - key) }, (_, i) => this.put(key + i)));
    }
    await this.target.close();
  }

  /** Reads everything by strongly consistent scans and says what is lost, invented or damaged. */
  async check(url: string): Promise<string[]> {
    const target = await connect(url);
    const found = new Map<number, number>();
    const problems: string[] = [];
    let ExclusiveStartKey: object | undefined;
    do {
      const start = ExclusiveStartKey === undefined ? {} : { ExclusiveStartKey };
      const page = (await target.execute("Scan", { TableName, ConsistentRead: true, ...start })) as {
        Items: Item[];
        LastEvaluatedKey?: object;
      };
      for (const item of page.Items) {
        const key = keyOfItem(item);
        const version = Number(item.version.N);
        if (found.has(key)) problems.push(`key ${key} is there twice`);
        if (item.filler.S !== this.filler(key, version)) problems.push(`key ${key} holds the bytes of something else`);
        found.set(key, version);
      }
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey !== undefined);
    await target.close();
    for (let key = 0; key < keyCount; key++) {
      const version = found.get(key) ?? 0;
      const [least, most] = [this.acknowledged[key] as number, this.sent[key] as number];
      if (version < least) problems.push(`key ${key} is lost: version ${version} of ${least}`);
      if (version > most) problems.push(`key ${key} is invented: version ${version} of ${most}`);
      // What a restart has shown stays.
      this.acknowledged[key] = Math.max(version, least);
    }
    return problems;
  }

  /** How many writes were acknowledged. */
  get acknowledgedCount(): number {
    return this.acknowledged.reduce((sum, version) => sum + version, 0);
  }

  private loop(kind: Kind, act: () => Promise<void>): void {
    const run = async (): Promise<void> => {
      while (!this.isOver) {
        const startMs = performance.now();
        try {
          await act();
          const list = this.latencies.get(kind) ?? [];
          list.push(performance.now() - startMs);
          this.latencies.set(kind, list);
        } catch (error) {
          this.failures.push(`${kind}: ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`);
          // A server that refuses is asked again at leisure.
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
        await new Promise((resolve) => setTimeout(resolve, this.options.pauseMs ?? 10));
      }
    };
    this.running.push(run());
  }

  private keyOf(writer: number, writers: number): number {
    return writer + writers * pick(Math.floor((keyCount - writer - 1) / writers) + 1);
  }

  private async put(key: number): Promise<void> {
    const version = (this.sent[key] as number) + 1;
    this.sent[key] = version;
    const Item = { ...keyItem(key), version: { N: String(version) }, filler: { S: this.filler(key, version) } };
    await this.execute("PutItem", { TableName, Item });
    this.acknowledged[key] = version;
  }

  private async get(key: number, ConsistentRead: boolean): Promise<void> {
    const least = ConsistentRead ? (this.acknowledged[key] as number) : 0;
    const { Item } = (await this.execute("GetItem", { TableName, Key: keyItem(key), ConsistentRead })) as {
      Item?: Item;
    };
    this.judge(key, least, Item);
  }

  private async query(group: number): Promise<void> {
    const keys = Array.from({ length: keysOfGroup }, (_, i) => group * keysOfGroup + i);
    const least = keys.map((key) => this.acknowledged[key] as number);
    const { Items } = (await this.execute("Query", {
      TableName,
      ConsistentRead: true,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": keyItem(group * keysOfGroup).pk },
    })) as { Items: Item[] };
    const found = new Map(Items.map((item) => [keyOfItem(item), item]));
    keys.forEach((key, i) => this.judge(key, least[i] as number, found.get(key)));
  }

  private judge(key: number, least: number, item: Item | undefined): void {
    const version = item === undefined ? 0 : Number(item.version.N);
    if (version < least) this.wrong.push(`key ${key}: version ${version}, but ${least} was acknowledged`);
    if (version > (this.sent[key] as number)) this.wrong.push(`key ${key}: version ${version} was never sent`);
    if (item !== undefined && item.filler.S !== this.filler(key, version))
      this.wrong.push(`key ${key}: the filler of version ${version} is not its own`);
  }

  private filler(key: number, version: number): string {
    const most = this.options.fillerBytes ?? 1500;
    return `${key}/${version} `.repeat(1 + ((key * 31 + version * 17) % Math.ceil(most / 8)));
  }

  private execute(operation: string, input: object): Promise<unknown> {
    return (this.target as Target).execute(operation, input);
  }
}

function keyItem(key: number): { pk: { S: string }; sk: { N: string } } {
  return { pk: { S: `group ${Math.floor(key / keysOfGroup)}` }, sk: { N: String(key % keysOfGroup) } };
}

function keyOfItem(item: Item): number {
  return Number(item.pk.S.slice("group ".length)) * keysOfGroup + Number(item.sk.N);
}

/** Which keys are asked for follows no seed: what a run does depends on its timing anyway. */
function pick(count: number): number {
  return Math.floor(Math.random() * count);
}
