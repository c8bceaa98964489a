/**
 * The doors to a database, each from one empty directory: in process over a store in memory, in process over the engine (simulated
 * or on the real disk), plain HTTP, and HTTP through the AWS SDK. All answer in the shape of the wire.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as sdk from "@aws-sdk/client-dynamodb";
import type { StoreContract } from "../../src/engine/contract.js";
import type { StoreOptions } from "../../src/engine/options.js";
import { realIo } from "../../src/io/real/index.js";
import { SimulatedWorld } from "../../src/io/simulated/index.js";
import { startServer, type RunningServer } from "../../src/server/server.js";
import { Database, type DatabaseOptions } from "../../src/tables/database.js";
import { ServiceError } from "../../src/tables/service-error.js";
import { isOperationName } from "../../src/tables/validation/validate-input.js";
import { inputToNative, outputFromNative } from "../../src/tables/values/native-shape.js";
import { post } from "../server/support.js";
import { smallStore } from "../sim/option-sets.js";
import { clientOf } from "../support/database-harness.js";
import { MemoryStore } from "../support/memory-store.js";

/** The error of a request, as far as every door can tell it. */
export interface Refusal {
  error: string;
  message: string;
  /** What ReturnValuesOnConditionCheckFailure asked for. */
  Item?: unknown;
}

export interface Door {
  /** The output, or a Refusal; anything that is not the service's own error is thrown. */
  call(name: string, input: Record<string, unknown>): Promise<object>;
  reopen(): Promise<void>;
  close(): Promise<void>;
  readonly store: StoreContract;
  /** It can send what the service would not understand. */
  readonly isWire: boolean;
}

export interface DoorKind {
  name: string;
  /** Runs `body` with the door, and ends it. */
  with<T>(seed: number, body: (door: Door) => Promise<T>): Promise<T>;
}

type Opening = () => Promise<Database>;

class InProcess implements Door {
  readonly isWire: boolean = true;

  protected constructor(
    private readonly opening: Opening,
    protected database: Database,
  ) {}

  static async open(opening: Opening): Promise<InProcess> {
    return new InProcess(opening, await opening());
  }

  get store(): StoreContract {
    return this.database.store;
  }

  async call(name: string, input: Record<string, unknown>): Promise<object> {
    try {
      return (await this.database.execute(name, structuredClone(input))) ?? {};
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      return { error: error.name, message: error.message, ...error.members };
    }
  }

  async reopen(): Promise<void> {
    await this.database.close();
    this.database = await this.opening();
  }

  close(): Promise<void> {
    return this.database.close();
  }
}

class PlainHttp extends InProcess {
  protected constructor(
    opening: Opening,
    database: Database,
    protected server: RunningServer,
  ) {
    super(opening, database);
  }

  static override async open(opening: Opening): Promise<PlainHttp> {
    const database = await opening();
    return new this(opening, database, await startServer({ database, port: 0 }));
  }

  override async call(name: string, input: Record<string, unknown>): Promise<object> {
    const { status, json } = await post(this.server.url, name, input);
    if (status === 200) return json;
    if (status !== 400) throw new Error(`status ${status}: ${JSON.stringify(json)}`);
    const { __type: type, message, Message, ...members } = json;
    return { error: String(type).split("#")[1], message: message ?? Message ?? "", ...members };
  }

  override async reopen(): Promise<void> {
    await this.server.close();
    await super.reopen();
    this.server = await startServer({ database: this.database, port: 0 });
  }

  override async close(): Promise<void> {
    await this.server.close();
    await super.close();
  }
}

type CommandClass = new (input: object) => Parameters<sdk.DynamoDBClient["send"]>[0];

class Sdk extends PlainHttp {
  override readonly isWire = false;
  private client = clientOf(this.server.url);

  override async call(name: string, input: Record<string, unknown>): Promise<object> {
    const Command = (sdk as unknown as Record<string, CommandClass>)[`${name}Command`];
    if (Command === undefined || !isOperationName(name)) throw new Error(`the SDK has no command ${name}`);
    try {
      const output = await this.client.send(new Command(inputToNative(name, input) as object));
      const members = Object.entries(output).filter(([member]) => member !== "$metadata");
      return outputFromNative(name, Object.fromEntries(members)) as object;
    } catch (error) {
      if (!(error instanceof sdk.DynamoDBServiceException) || error.$metadata.httpStatusCode !== 400) throw error;
      const { Item } = error as { Item?: unknown };
      // Items of errors have the shape of GetItem's.
      const found = Item === undefined ? {} : (outputFromNative("GetItem", { Item }) as object);
      return { error: error.name, message: error.message, ...found };
    }
  }

  override async reopen(): Promise<void> {
    this.client.destroy();
    await super.reopen();
    this.client = clientOf(this.server.url);
  }

  override async close(): Promise<void> {
    this.client.destroy();
    await super.close();
  }
}

type OpenDoor = (opening: Opening) => Promise<Door>;

async function through<T>(open: OpenDoor, opening: Opening, body: (door: Door) => Promise<T>): Promise<T> {
  const door = await open(opening);
  try {
    return await body(door);
  } finally {
    await door.close();
  }
}

/** The plainest: no engine below. */
const inMemory: DoorKind = {
  name: "in process, store in memory",
  with: (_seed, body) => {
    const store = new MemoryStore();
    const io = realIo();
    return through(
      (opening) => InProcess.open(opening),
      () => Database.on(store, io),
      body,
    );
  },
};

type Options = DatabaseOptions & StoreOptions;

function simulated(name: string, options: Options): DoorKind {
  return {
    name: `in process, simulated world, ${name}`,
    with: (seed, body) => {
      const world = new SimulatedWorld({ seed });
      const opening = (): Promise<Database> => Database.open("/data", { ...options, io: world.io });
      return world.run(through((how) => InProcess.open(how), opening, body));
    },
  };
}

function onDisk(name: string, open: OpenDoor, options: Options): DoorKind {
  return {
    name,
    with: async (_seed, body) => {
      const directory = mkdtempSync(join(tmpdir(), "varve-doors-"));
      try {
        return await through(open, () => Database.open(directory, options), body);
      } finally {
        rmSync(directory, { recursive: true, force: true });
      }
    },
  };
}

/** An item may have 400 KB, a batch of them a few MB: a log file must take it. */
const small: Options = { ...smallStore, logFileBytes: 8 << 20, sstableBytes: 64 * 1024, levelOneBytes: 256 * 1024 };
const plain: Options = { scrubIntervalMs: 0, logFileBytes: 8 << 20 };

export const reference = inMemory;

export const doorKinds: readonly DoorKind[] = [
  simulated("three zones", small),
  simulated("one zone, 1 partition", { ...small, zones: 1, partitionsPerTable: 1 }),
  simulated("16 partitions, no cache", { ...small, partitionsPerTable: 16, blockCacheBytes: 0 }),
  simulated("tiny memtable, blocks of 1 byte, no filters", {
    ...small,
    memtableBytes: 4096,
    blockBytes: 1,
    filterBitsPerKey: 0,
  }),
  simulated("durability all, compressed from level 0", { ...small, durability: "all", compressionFromLevel: 0 }),
  onDisk("in process, real disk", (opening) => InProcess.open(opening), small),
  onDisk("plain HTTP, three zones", (opening) => PlainHttp.open(opening), plain),
  onDisk("AWS SDK, one zone, tiny memtable", (opening) => Sdk.open(opening), {
    ...small,
    zones: 1,
    memtableBytes: 4096,
  }),
];
