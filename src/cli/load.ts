/**
 * `varve load`: reads records from a JSON file into a table, made if it is missing, with a progress bar.
 *
 * A record is an object; a bad one is refused with its line and the reason, and the rest goes on unless told otherwise.
 * Every record counted as loaded was acknowledged.
 */
import { stat } from "node:fs/promises";
import cliProgress from "cli-progress";
import { InvalidArgumentError, Option, type Command } from "commander";
import type { Durability } from "../engine/contract.js";
import { VarveError } from "../errors.js";
import { integerBetween, storeOptions, zonePaths } from "./arguments.js";
import { toItem } from "./json-item.js";
import { readRecords, type JsonRecord } from "./json-records.js";
import { connect, type Target } from "./target.js";

interface KeyAttribute {
  name: string;
  type: "S" | "N" | "B";
}

interface LoadOptions {
  table: string;
  partitionKey: KeyAttribute;
  sortKey?: KeyAttribute;
  endpoint?: string;
  data: string;
  zones?: string[];
  durability?: Durability;
  concurrency: number;
  onError: "continue" | "stop";
}

function keyAttribute(text: string): KeyAttribute {
  const match = /^(.+):([SNB])$/.exec(text);
  if (match === null) throw new InvalidArgumentError("Write it as name:type, with S, N or B for the type.");
  return { name: match[1] as string, type: match[2] as KeyAttribute["type"] };
}

export function addLoadCommand(program: Command): void {
  program
    .command("load <file>")
    .description("load the objects of a JSON array, or of a file with one object a line, into a table")
    .requiredOption("--table <name>", "the table; made if there is none")
    .requiredOption("--partition-key <name:type>", "the partition key, such as year:N", keyAttribute)
    .option("--sort-key <name:type>", "the sort key, such as title:S", keyAttribute)
    .option("--endpoint <url>", "load through a running server")
    .option("--data <directory>", "load into the store of this directory, without a server", "./varve-data")
    .option("--zones <paths>", "the store's zones, as for serve", zonePaths)
    .addOption(new Option("--durability <level>", "as for serve").choices(["quorum", "all", "none"]))
    .option("--concurrency <count>", "records under way at once", integerBetween(1, 1024), 64)
    .addOption(
      new Option("--on-error <what>", "what to do about a bad record")
        .choices(["continue", "stop"])
        .default("continue"),
    )
    .addHelpText(
      "after",
      "\nExamples:\n  varve load movies.json --table Movies --partition-key year:N --sort-key title:S\n  varve load movies.json --table Movies --partition-key year:N --sort-key title:S --endpoint http://127.0.0.1:8000",
    )
    .action(load);
}

async function load(file: string, options: LoadOptions): Promise<void> {
  const { size } = await stat(file).catch((cause: unknown) => {
    throw new VarveError("INVALID_ARGUMENT", `${file} cannot be read`, { cause, path: file });
  });
  const target = await connect(options.endpoint ?? { directory: options.data, options: storeOptions(options) });
  try {
    await ensureTable(target, options);
    const loader = new Loader(target, options, size);
    await loader.run(file);
    loader.report();
  } finally {
    await target.close();
  }
}

async function ensureTable(target: Target, { table, partitionKey, sortKey }: LoadOptions): Promise<void> {
  const keys = sortKey === undefined ? [partitionKey] : [partitionKey, sortKey];
  await target
    .execute("CreateTable", {
      TableName: table,
      AttributeDefinitions: keys.map(({ name, type }) => ({ AttributeName: name, AttributeType: type })),
      KeySchema: keys.map(({ name }, i) => ({ AttributeName: name, KeyType: i === 0 ? "HASH" : "RANGE" })),
      BillingMode: "PAY_PER_REQUEST",
    })
    .catch((error: unknown) => {
      if (!(error instanceof Error && error.name === "ResourceInUseException")) throw error;
    });
  await tableActive(target, table);
}

async function tableActive(target: Target, table: string): Promise<void> {
  for (;;) {
    const { Table } = (await target.execute("DescribeTable", { TableName: table })) as {
      Table: { TableStatus: string };
    };
    if (Table.TableStatus === "ACTIVE") return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

class Loader {
  private loaded = 0;
  private refused = 0;
  private stopped = false;
  private readonly startedMs = Date.now();
  private readonly bar: cliProgress.SingleBar;

  constructor(
    private readonly target: Target,
    private readonly options: LoadOptions,
    private readonly fileBytes: number,
  ) {
    this.bar = new cliProgress.SingleBar({
      format: `${options.table} {bar} {percentage}% | {records} records, {rate}/s | {eta_formatted} left`,
      stream: process.stderr,
      noTTYOutput: false,
      hideCursor: true,
    });
  }

  /** Keeps `concurrency` records under way until the file ends or a bad record stops it. */
  async run(file: string): Promise<void> {
    this.bar.start(this.fileBytes, 0, { records: 0, rate: 0 });
    const records = readRecords(file);
    const workers = Array.from({ length: this.options.concurrency }, () => this.work(records));
    try {
      await Promise.all(workers);
      // What stands behind the last record is no record.
      if (!this.stopped) this.bar.update(this.fileBytes, { records: this.loaded });
    } finally {
      this.bar.stop();
    }
  }

  report(): void {
    const seconds = Math.max(0.001, (Date.now() - this.startedMs) / 1000);
    const rate = Math.round(this.loaded / seconds);
    process.stdout.write(
      `${this.loaded} records loaded in ${seconds.toFixed(1)} s (${rate}/s), ${this.refused} refused\n`,
    );
    if (this.refused > 0) process.exitCode = 1;
  }

  private async work(records: AsyncGenerator<JsonRecord>): Promise<void> {
    for (;;) {
      const next = await records.next();
      if (next.done === true || this.stopped) return;
      const record = next.value;
      await this.put(record);
      this.bar.update(record.endOffset, {
        records: this.loaded,
        rate: Math.round((1000 * this.loaded) / Math.max(1, Date.now() - this.startedMs)),
      });
    }
  }

  private async put(record: JsonRecord): Promise<void> {
    try {
      await this.target.execute("PutItem", { TableName: this.options.table, Item: toItem(record.text) });
      this.loaded++;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      this.refused++;
      if (this.options.onError === "stop") this.stopped = true;
      process.stderr.write(`line ${record.line}: ${error.message}\n`);
    }
  }
}

/** Errors that the record is to blame for; any other ends the load. */
function isRefusal(error: unknown): error is Error {
  return error instanceof Error && ["ValidationException", "SerializationException", "BadRecord"].includes(error.name);
}
