/**
 * TableDescription as the service shapes it, from a table's descriptor, status and counts.
 *
 * Times are numbers of seconds with fractions, as on the wire; sdk-shape.ts makes Dates of them.
 */
import { tableArn } from "./arn.js";
import type { Table, TableStatus } from "./table.js";
import type { TableCount } from "./table-counts.js";
import type { TableDescriptor } from "./table-descriptor.js";

/** `Time` is a number of seconds on the wire, and a Date in the SDK's shape. */
export interface TableDescription<Time = number> {
  AttributeDefinitions?: TableDescriptor["attributeDefinitions"];
  TableName: string;
  KeySchema?: TableDescriptor["keySchema"];
  TableStatus: TableStatus;
  CreationDateTime?: Time;
  ProvisionedThroughput: {
    LastIncreaseDateTime?: Time;
    LastDecreaseDateTime?: Time;
    NumberOfDecreasesToday: number;
    ReadCapacityUnits: number;
    WriteCapacityUnits: number;
  };
  TableSizeBytes: number;
  ItemCount: number;
  TableArn: string;
  TableId: string;
  BillingModeSummary?: { BillingMode: string; LastUpdateToPayPerRequestDateTime?: Time };
  SSEDescription?: { Status: string; SSEType: string; KMSMasterKeyArn?: string };
  TableClassSummary?: { TableClass: string; LastUpdateDateTime?: Time };
  DeletionProtectionEnabled: boolean;
  OnDemandThroughput?: { MaxReadRequestUnits?: number; MaxWriteRequestUnits?: number };
  WarmThroughput?: { ReadUnitsPerSecond: number; WriteUnitsPerSecond: number; Status: string };
}

/** What on-demand tables are warm for from the start. */
const onDemandWarmUnits = { read: 12_000, write: 4_000 };
const dayMs = 86_400_000;

export interface DescribeOptions {
  region: string;
  nowMs: number;
  status: TableStatus;
  count: TableCount;
}

export function describeTable(table: Table, { region, nowMs, status, count }: DescribeOptions): TableDescription {
  const { descriptor } = table;
  return {
    AttributeDefinitions: descriptor.attributeDefinitions,
    TableName: descriptor.tableName,
    KeySchema: descriptor.keySchema,
    TableStatus: status,
    CreationDateTime: descriptor.creationMs / 1000,
    ProvisionedThroughput: describeThroughput(descriptor, nowMs),
    TableSizeBytes: count.sizeBytes,
    ItemCount: count.itemCount,
    TableArn: tableArn(region, descriptor.tableName),
    TableId: descriptor.tableId,
    ...describeBilling(descriptor),
    ...describeEncryption(descriptor, region),
    ...describeTableClass(descriptor),
    DeletionProtectionEnabled: descriptor.deletionProtection,
    ...(descriptor.onDemandThroughput === undefined ? {} : { OnDemandThroughput: descriptor.onDemandThroughput }),
    ...describeWarmThroughput(descriptor),
  };
}

/** DeleteTable leaves out what describes the table's keys, and when it was made. */
export function describeDeletedTable(table: Table, options: DescribeOptions): TableDescription {
  const description = describeTable(table, options);
  delete description.AttributeDefinitions;
  delete description.KeySchema;
  delete description.CreationDateTime;
  return description;
}

function describeThroughput({ throughput }: TableDescriptor, nowMs: number): TableDescription["ProvisionedThroughput"] {
  const { lastIncreaseMs, lastDecreaseMs } = throughput;
  const decreasedToday =
    lastDecreaseMs !== undefined && Math.floor(lastDecreaseMs / dayMs) === Math.floor(nowMs / dayMs);
  return {
    ...(lastIncreaseMs === undefined ? {} : { LastIncreaseDateTime: lastIncreaseMs / 1000 }),
    ...(lastDecreaseMs === undefined ? {} : { LastDecreaseDateTime: lastDecreaseMs / 1000 }),
    NumberOfDecreasesToday: decreasedToday ? throughput.decreases : 0,
    ReadCapacityUnits: throughput.ReadCapacityUnits,
    WriteCapacityUnits: throughput.WriteCapacityUnits,
  };
}

/** A table that never was on demand has no summary. */
function describeBilling({
  billingMode,
  payPerRequestMs,
}: TableDescriptor): Pick<TableDescription, "BillingModeSummary"> {
  if (payPerRequestMs === undefined) return {};
  return {
    BillingModeSummary: { BillingMode: billingMode, LastUpdateToPayPerRequestDateTime: payPerRequestMs / 1000 },
  };
}

function describeEncryption({ sse }: TableDescriptor, region: string): Pick<TableDescription, "SSEDescription"> {
  if (sse?.enabled !== true) return {};
  const keyArn = sse.keyId?.startsWith("arn:") === true ? sse.keyId : kmsKeyArn(region, sse.keyId);
  return { SSEDescription: { Status: "ENABLED", SSEType: "KMS", KMSMasterKeyArn: keyArn } };
}

function kmsKeyArn(region: string, keyId = "alias/aws/dynamodb"): string {
  return `arn:aws:kms:${region}:000000000000:${keyId.startsWith("alias/") ? keyId : `key/${keyId}`}`;
}

function describeTableClass({ tableClass }: TableDescriptor): Pick<TableDescription, "TableClassSummary"> {
  if (tableClass === undefined) return {};
  const { name, lastUpdateMs } = tableClass;
  return {
    TableClassSummary: {
      TableClass: name,
      ...(lastUpdateMs === undefined ? {} : { LastUpdateDateTime: lastUpdateMs / 1000 }),
    },
  };
}

function describeWarmThroughput(descriptor: TableDescriptor): Pick<TableDescription, "WarmThroughput"> {
  const { warmThroughput, billingMode } = descriptor;
  if (warmThroughput === undefined && billingMode !== "PAY_PER_REQUEST") return {};
  return {
    WarmThroughput: {
      ReadUnitsPerSecond: warmThroughput?.ReadUnitsPerSecond ?? onDemandWarmUnits.read,
      WriteUnitsPerSecond: warmThroughput?.WriteUnitsPerSecond ?? onDemandWarmUnits.write,
      Status: "ACTIVE",
    },
  };
}
