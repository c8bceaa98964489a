/**
 * The descriptor of a table: what the catalog keeps of it, and its stored form.
 *
 * A descriptor is stored as JSON with a format version in front of everything else. `tableId` is new for each CreateTable, and names
 * the table's trees, so that nothing of a deleted table can ever be seen in one of the same name. The version also stands for the encoding of
 * the table's keys (values/key-encoding.ts), which have none of their own.
 *
 *   descriptor := JSON text, UTF-8, of a TableDescriptor
 */
import { isUtf8 } from "node:buffer";
import { VarveError } from "../errors.js";
import type { PartitionDescriptor } from "./partitions.js";
import type { KeyAttribute, KeySchema, KeyType } from "./primary-key.js";
import type { OperationInputs } from "./validation/inputs.js";

export const tableDescriptorFormatVersion = 1;

export type BillingMode = "PROVISIONED" | "PAY_PER_REQUEST";
type CreateTableInput = OperationInputs["CreateTable"];

export interface ProvisionedThroughputState {
  ReadCapacityUnits: number;
  WriteCapacityUnits: number;
  lastIncreaseMs?: number;
  lastDecreaseMs?: number;
  /** Decreases in the UTC day of `lastDecreaseMs`. */
  decreases: number;
}

export interface TableDescriptor {
  formatVersion: number;
  tableName: string;
  tableId: string;
  creationMs: number;
  attributeDefinitions: { AttributeName: string; AttributeType: KeyType }[];
  keySchema: { AttributeName: string; KeyType: "HASH" | "RANGE" }[];
  partitions: PartitionDescriptor[];
  billingMode: BillingMode;
  throughput: ProvisionedThroughputState;
  /** When on-demand mode was last set; absent if never. */
  payPerRequestMs?: number;
  deletionProtection: boolean;
  tags: { Key: string; Value: string }[];
  tableClass?: { name: string; lastUpdateMs?: number };
  sse?: { enabled: boolean; keyId?: string };
  onDemandThroughput?: NonNullable<CreateTableInput["OnDemandThroughput"]>;
  warmThroughput?: NonNullable<CreateTableInput["WarmThroughput"]>;
  /** DeleteTable was acknowledged; the table goes as soon as its time has passed, at the latest on the next open. */
  deleting?: boolean;
}

export function encodeTableDescriptor(descriptor: TableDescriptor): string {
  return JSON.stringify(descriptor);
}

/** Throws CORRUPTION on what is no descriptor, FORMAT_NEWER on one of a later version of Varve. */
export function decodeTableDescriptor(bytes: Uint8Array): TableDescriptor {
  let descriptor: Partial<TableDescriptor> | null;
  if (!isUtf8(bytes)) throw new VarveError("CORRUPTION", "a stored table descriptor is damaged: it is not UTF-8");
  try {
    descriptor = JSON.parse(Buffer.from(bytes).toString("utf8")) as Partial<TableDescriptor> | null;
  } catch (cause) {
    throw new VarveError("CORRUPTION", "a stored table descriptor is damaged: its JSON does not parse", { cause });
  }
  const version = descriptor?.formatVersion;
  if (typeof version === "number" && version > tableDescriptorFormatVersion) {
    const message = `a stored table is of format version ${version}; this program knows ${tableDescriptorFormatVersion}: use a newer one`;
    throw new VarveError("FORMAT_NEWER", message, { expected: tableDescriptorFormatVersion, got: version });
  }
  if (version !== tableDescriptorFormatVersion || !isComplete(descriptor)) {
    throw new VarveError("CORRUPTION", "a stored table descriptor is damaged: members are missing");
  }
  return descriptor;
}

type Members = Record<string, unknown>;

/** Whether every member that the rest of the program looks into has its shape. */
function isComplete(descriptor: Partial<TableDescriptor> | null): descriptor is TableDescriptor {
  return (
    typeof descriptor?.tableName === "string" &&
    typeof descriptor.tableId === "string" &&
    typeof descriptor.creationMs === "number" &&
    isListOf(descriptor.attributeDefinitions, isDefinition) &&
    isListOf(descriptor.keySchema, ({ AttributeName }) => typeof AttributeName === "string") &&
    isListOf(descriptor.partitions, isPartition) &&
    isListOf(descriptor.tags, ({ Key, Value }) => typeof Key === "string" && typeof Value === "string") &&
    isObject(descriptor.throughput)
  );
}

function isDefinition({ AttributeName, AttributeType }: Members): boolean {
  return typeof AttributeName === "string" && (AttributeType === "S" || AttributeType === "N" || AttributeType === "B");
}

function isPartition({ id, from, to }: Members): boolean {
  return Number.isSafeInteger(id) && typeof from === "string" && (to === null || typeof to === "string");
}

function isListOf(value: unknown, fits: (member: Members) => boolean): boolean {
  return Array.isArray(value) && value.every((member) => isObject(member) && fits(member));
}

function isObject(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The typed primary key of a checked descriptor. */
export function keySchemaOf(
  descriptor: Pick<TableDescriptor, "keySchema" | "attributeDefinitions" | "tableName">,
): KeySchema {
  const attributes = descriptor.keySchema.map(({ AttributeName: name }): KeyAttribute => {
    const definition = descriptor.attributeDefinitions.find(({ AttributeName }) => AttributeName === name);
    if (definition === undefined) throw keyUndefined(descriptor.tableName);
    return { name, type: definition.AttributeType };
  });
  if (attributes.length === 0) throw keyUndefined(descriptor.tableName);
  return { partition: attributes.slice(0, 1), sort: attributes.slice(1) };
}

function keyUndefined(tableName: string): VarveError {
  return new VarveError("CORRUPTION", `the key of the stored table ${tableName} is not defined`);
}

/** The name of a partition's tree. */
export function partitionTreeName(tableId: string, partitionId: number): string {
  return `${tableTreePrefix}${tableId}/${partitionId}`;
}

export const tableTreePrefix = "table/";
