/** CreateTable: makes an empty table. The answer says CREATING, as the service's does; by default the table is ACTIVE at once. */
import type { DatabaseContext } from "../context.js";
import { tableNameOf } from "../arn.js";
import { equalPartitions } from "../partitions.js";
import { describeTable, type TableDescription } from "../table-description.js";
import {
  tableDescriptorFormatVersion,
  type ProvisionedThroughputState,
  type TableDescriptor,
} from "../table-descriptor.js";
import { checkTableDefinition } from "../table-schema.js";
import { checkTags } from "../tags.js";
import { randomUuid } from "../uuid.js";
import type { OperationInputs } from "../validation/inputs.js";

export interface CreateTableOutput<Time = number> {
  TableDescription: TableDescription<Time>;
}

export async function createTable(
  context: DatabaseContext,
  input: OperationInputs["CreateTable"],
): Promise<CreateTableOutput> {
  checkTableDefinition(input);
  checkTags(input.Tags ?? []);
  const { region, io, catalog } = context;
  const nowMs = io.clock.nowMs();
  const table = await catalog.create(descriptorOf(context, input, nowMs));
  const count = { itemCount: 0, sizeBytes: 0 };
  return { TableDescription: describeTable(table, { region, nowMs, status: "CREATING", count }) };
}

function descriptorOf(context: DatabaseContext, input: OperationInputs["CreateTable"], nowMs: number): TableDescriptor {
  const billingMode = input.BillingMode ?? "PROVISIONED";
  return {
    formatVersion: tableDescriptorFormatVersion,
    tableName: tableNameOf(input.TableName),
    tableId: randomUuid(context.io.random),
    creationMs: nowMs,
    attributeDefinitions: input.AttributeDefinitions ?? [],
    keySchema: input.KeySchema ?? [],
    partitions: equalPartitions(context.partitionsPerTable),
    billingMode,
    throughput: throughputOf(input),
    ...(billingMode === "PAY_PER_REQUEST" ? { payPerRequestMs: nowMs } : {}),
    deletionProtection: input.DeletionProtectionEnabled ?? false,
    tags: input.Tags ?? [],
    ...(input.TableClass === undefined ? {} : { tableClass: { name: input.TableClass } }),
    ...encryptionOf(input.SSESpecification),
    ...(input.OnDemandThroughput === undefined ? {} : { onDemandThroughput: input.OnDemandThroughput }),
    ...(input.WarmThroughput === undefined ? {} : { warmThroughput: input.WarmThroughput }),
  };
}

function throughputOf({ ProvisionedThroughput }: OperationInputs["CreateTable"]): ProvisionedThroughputState {
  return {
    ReadCapacityUnits: ProvisionedThroughput?.ReadCapacityUnits ?? 0,
    WriteCapacityUnits: ProvisionedThroughput?.WriteCapacityUnits ?? 0,
    decreases: 0,
  };
}

export function encryptionOf(
  specification: OperationInputs["CreateTable"]["SSESpecification"],
): Pick<TableDescriptor, "sse"> {
  if (specification === undefined) return {};
  const { Enabled: enabled = false, KMSMasterKeyId: keyId } = specification;
  return { sse: keyId === undefined ? { enabled } : { enabled, keyId } };
}
