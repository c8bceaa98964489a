/**
 * Database: tables of items over one store, with one method for each operation of DynamoDB.
 *
 * The methods take and give the shapes of the AWS SDK v3 (binaries as Uint8Array, times as Date); `execute` takes and gives those of
 * the wire (base64, seconds) for servers. Both go the same way: validation, the operation, output. Errors of the
 * service are `ServiceError`s with its names and messages; a request is either refused whole or carried out. All methods may be called
 * at the same time; everything here runs on the thread that opened the database.
 */
import { VarveError } from "../errors.js";
import type { StoreContract } from "../engine/contract.js";
import { Store } from "../engine/store.js";
import type { StoreOptions as StoreOpenOptions } from "../engine/options.js";
import type { Io } from "../io/io.js";
import { Catalog, type TransitionTimes } from "./catalog.js";
import type { DatabaseContext } from "./context.js";
import { ItemLocks } from "./item-locks.js";
import { defaultPartitions, maxPartitions } from "./limits.js";
import { OngoingTransactions } from "./ongoing-transactions.js";
import type * as outputs from "./operations/outputs.js";
import { registry, type Operation } from "./operations/registry.js";
import { RequestTokens } from "./request-tokens.js";
import { errorToSdk, outputToSdk } from "./sdk-shape.js";
import { ServiceError } from "./service-error.js";
import { decodeStoredItems, outputJson } from "./stored-output.js";
import type { OperationInputs, OperationName } from "./validation/inputs.js";
import { forOperation } from "./validation/request-validation-error.js";
import { validateInput } from "./validation/validate-input.js";
import { inputFromNative, type NativeAttributeValue } from "./values/native-shape.js";

export interface DatabaseOptions extends Partial<TransitionTimes> {
  /** As it stands in ARNs. Default "us-east-1". */
  region?: string;
  /** Partitions of a new table. Default 4. */
  partitionsPerTable?: number;
}

type Attributes = Record<string, NativeAttributeValue>;

export class Database {
  private closing: Promise<void> | undefined;
  private operationsUnderWay = 0;
  private onIdle: (() => void) | undefined;

  private constructor(
    private readonly context: DatabaseContext,
    /** The store if `open` opened it. */
    private readonly ownStore?: Store,
  ) {}

  /**
   * Opens the database of `directory`, making it if there is none. `options` are also those of the store.
   * Errors: those of `Store.open`, and CORRUPTION or FORMAT_NEWER of the catalog.
   */
  static async open(directory: string, options: DatabaseOptions & StoreOpenOptions = {}): Promise<Database> {
    const store = await Store.open(directory, storeOptionsOf(options));
    try {
      return await Database.make(store, store.io, options, store);
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  /** A database on a store that is open already, and that stays open when the database is closed. */
  static on(store: StoreContract, io: Io, options: DatabaseOptions = {}): Promise<Database> {
    return Database.make(store, io, options);
  }

  private static async make(
    store: StoreContract,
    io: Io,
    options: DatabaseOptions,
    ownStore?: Store,
  ): Promise<Database> {
    const partitionsPerTable = options.partitionsPerTable ?? defaultPartitions;
    if (!Number.isInteger(partitionsPerTable) || partitionsPerTable < 1 || partitionsPerTable > maxPartitions) {
      throw new VarveError("INVALID_ARGUMENT", `partitionsPerTable must be an integer from 1 to ${maxPartitions}`);
    }
    const { createTableMs = 0, updateTableMs = 0, deleteTableMs = 0 } = options;
    const catalog = await Catalog.open(store, io, { createTableMs, updateTableMs, deleteTableMs });
    const region = options.region ?? "us-east-1";
    const tokens = await RequestTokens.open(store, io);
    const shared = { locks: new ItemLocks(), transactions: new OngoingTransactions(), tokens };
    return new Database({ store, io, catalog, ...shared, region, partitionsPerTable }, ownStore);
  }

  get region(): string {
    return this.context.region;
  }

  /** The store below: for its events, statistics and maintenance. Its trees are the database's own. */
  get store(): StoreContract {
    return this.context.store;
  }

  /**
   * Carries out an operation: input and output in the wire's shape. An operation without output gives undefined.
   * Errors: ServiceError; VarveError when the store fails.
   */
  execute(operationName: string, input: unknown): Promise<object | undefined> {
    return this.carryOut(operationName, input, wireForm);
  }

  /** As `execute`, with the output as JSON in UTF-8: of whole items their stored bytes. Empty without output. */
  executeToJson(operationName: string, input: unknown): Promise<Buffer> {
    return this.carryOut(operationName, input, jsonForm);
  }

  private run<Output extends object>(operationName: OperationName, input: unknown): Promise<Output> {
    return this.carryOut(operationName, input, sdkForm) as Promise<Output>;
  }

  private async carryOut<Answer>(operationName: string, input: unknown, form: AnswerForm<Answer>): Promise<Answer> {
    const operation = this.operationOf(operationName);
    this.operationsUnderWay++;
    try {
      const validated = validateInput(
        operationName as OperationName,
        form.input(operationName as OperationName, input),
      );
      return form.answer(operationName as OperationName, await operation(this.context, validated));
    } catch (error) {
      throw form.error(forOperation(operationName, error));
    } finally {
      if (--this.operationsUnderWay === 0) this.onIdle?.();
    }
  }

  private operationOf(operationName: string): Operation<OperationName> {
    if (this.closing !== undefined) throw new VarveError("STORE_CLOSED", "the database is closed");
    const operation = operationsByName.get(operationName);
    if (operation === undefined) throw unknownOperation();
    return operation;
  }

  batchGetItem(input: OperationInputs["BatchGetItem"]): Promise<outputs.BatchGetItemOutput<Attributes, Attributes>> {
    return this.run("BatchGetItem", input);
  }

  batchWriteItem(input: OperationInputs["BatchWriteItem"]): Promise<outputs.BatchWriteItemOutput> {
    return this.run("BatchWriteItem", input);
  }

  createTable(input: OperationInputs["CreateTable"]): Promise<outputs.CreateTableOutput<Date>> {
    return this.run("CreateTable", input);
  }

  deleteItem(input: OperationInputs["DeleteItem"]): Promise<outputs.DeleteItemOutput<Attributes>> {
    return this.run("DeleteItem", input);
  }

  deleteTable(input: OperationInputs["DeleteTable"]): Promise<outputs.DeleteTableOutput<Date>> {
    return this.run("DeleteTable", input);
  }

  describeEndpoints(): Promise<outputs.DescribeEndpointsOutput> {
    return this.run("DescribeEndpoints", {});
  }

  describeLimits(): Promise<outputs.DescribeLimitsOutput> {
    return this.run("DescribeLimits", {});
  }

  describeTable(input: OperationInputs["DescribeTable"]): Promise<outputs.DescribeTableOutput<Date>> {
    return this.run("DescribeTable", input);
  }

  getItem(input: OperationInputs["GetItem"]): Promise<outputs.GetItemOutput<Attributes>> {
    return this.run("GetItem", input);
  }

  listTables(input: OperationInputs["ListTables"] = {}): Promise<outputs.ListTablesOutput> {
    return this.run("ListTables", input);
  }

  listTagsOfResource(input: OperationInputs["ListTagsOfResource"]): Promise<outputs.ListTagsOfResourceOutput> {
    return this.run("ListTagsOfResource", input);
  }

  putItem(input: OperationInputs["PutItem"]): Promise<outputs.PutItemOutput<Attributes>> {
    return this.run("PutItem", input);
  }

  query(input: OperationInputs["Query"]): Promise<outputs.PageOutput<Attributes, Attributes>> {
    return this.run("Query", input);
  }

  scan(input: OperationInputs["Scan"]): Promise<outputs.PageOutput<Attributes, Attributes>> {
    return this.run("Scan", input);
  }

  async tagResource(input: OperationInputs["TagResource"]): Promise<void> {
    await this.run("TagResource", input);
  }

  transactGetItems(input: OperationInputs["TransactGetItems"]): Promise<outputs.TransactGetItemsOutput<Attributes>> {
    return this.run("TransactGetItems", input);
  }

  transactWriteItems(input: OperationInputs["TransactWriteItems"]): Promise<outputs.TransactWriteItemsOutput> {
    return this.run("TransactWriteItems", input);
  }

  async untagResource(input: OperationInputs["UntagResource"]): Promise<void> {
    await this.run("UntagResource", input);
  }

  updateItem(input: OperationInputs["UpdateItem"]): Promise<outputs.UpdateItemOutput<Attributes>> {
    return this.run("UpdateItem", input);
  }

  updateTable(input: OperationInputs["UpdateTable"]): Promise<outputs.UpdateTableOutput<Date>> {
    return this.run("UpdateTable", input);
  }

  /**
   * Takes no more operations, finishes those under way, keeps what a reopening profits from, and closes the store if `open`
   * opened it. Idempotent.
   */
  close(): Promise<void> {
    this.closing ??= this.finish();
    return this.closing;
  }

  private async finish(): Promise<void> {
    if (this.operationsUnderWay > 0) await new Promise<void>((resolve) => (this.onIdle = resolve));
    try {
      await this.context.tokens.close();
      await this.context.catalog.close();
    } finally {
      await this.ownStore?.close();
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** How inputs come in, and how outputs (which may hold items as they are stored) and errors are given. */
interface AnswerForm<Answer> {
  input(operationName: OperationName, input: unknown): unknown;
  answer(operationName: OperationName, output: object | undefined): Answer;
  error(error: unknown): unknown;
}

const operationsByName = new Map(Object.entries(registry)) as ReadonlyMap<string, Operation<OperationName>>;

const asItIs = <Value>(value: Value): Value => value;
const nothing = Buffer.alloc(0);

const wireForm: AnswerForm<object | undefined> = {
  input: (_, input) => input,
  answer: (_, output) => (output === undefined ? undefined : decodeStoredItems(output)),
  error: asItIs,
};
const jsonForm: AnswerForm<Buffer> = {
  input: (_, input) => input,
  answer: (_, output) => (output === undefined ? nothing : outputJson(output)),
  error: asItIs,
};
const sdkForm: AnswerForm<object> = {
  input: inputFromNative,
  answer: (operationName, output) => outputToSdk(operationName, output ?? {}),
  error: errorToSdk,
};

const ownOptions = new Set(["region", "partitionsPerTable", "createTableMs", "updateTableMs", "deleteTableMs"]);

/** The options that are the store's: all but ours. */
function storeOptionsOf(options: DatabaseOptions & StoreOpenOptions): StoreOpenOptions {
  return Object.fromEntries(Object.entries(options).filter(([name]) => !ownOptions.has(name)));
}

function unknownOperation(): ServiceError {
  return new ServiceError("UnknownOperationException", "", { namespace: "com.amazon.coral.service" });
}
