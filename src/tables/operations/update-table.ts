/**
 * UpdateTable: capacity, billing mode, table class, encryption, deletion protection, on-demand limits. Everything is
 * checked against the present table under its lock, and then changed in one catalog entry.
 */
import type { DatabaseContext } from "../context.js";
import { validationError } from "../service-error.js";
import type { Table } from "../table.js";
import { describeTable, type TableDescription } from "../table-description.js";
import type { ProvisionedThroughputState, TableDescriptor } from "../table-descriptor.js";
import { checkCapacityBounds, notSupported } from "../table-schema.js";
import type { OperationInputs } from "../validation/inputs.js";
import { encryptionOf } from "./create-table.js";
import { checkNotChanging } from "./delete-table.js";

type UpdateTableInput = OperationInputs["UpdateTable"];

export interface UpdateTableOutput<Time = number> {
  TableDescription: TableDescription<Time>;
}

export async function updateTable(context: DatabaseContext, input: UpdateTableInput): Promise<UpdateTableOutput> {
  checkSupported(input);
  checkSomething(input);
  checkCapacityBounds(input.ProvisionedThroughput);
  const { catalog, io, region } = context;
  const nowMs = io.clock.nowMs();
  const table = await catalog.update(input.TableName, (present) => changedDescriptor(present, input, nowMs));
  const count = await table.counts.current();
  return { TableDescription: describeTable(table, { region, nowMs, status: "UPDATING", count }) };
}

const unsupportedMembers = [
  "GlobalSecondaryIndexUpdates",
  "StreamSpecification",
  "ReplicaUpdates",
  "MultiRegionConsistency",
  "GlobalTableWitnessUpdates",
  "VectorIndexUpdates",
] as const;

function checkSupported(input: UpdateTableInput): void {
  for (const member of unsupportedMembers) {
    if (input[member] !== undefined) throw notSupported(member);
  }
}

const changingMembers = [
  "BillingMode",
  "ProvisionedThroughput",
  "SSESpecification",
  "TableClass",
  "DeletionProtectionEnabled",
  "OnDemandThroughput",
  "WarmThroughput",
] as const;

function checkSomething(input: UpdateTableInput): void {
  if (changingMembers.some((member) => input[member] !== undefined)) return;
  throw validationError(
    "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates or " +
      "SSESpecification or ReplicaUpdates is required",
  );
}

function changedDescriptor(table: Table, input: UpdateTableInput, nowMs: number): TableDescriptor {
  checkNotChanging(table);
  const present = table.descriptor;
  const onDemandThroughput = input.OnDemandThroughput ?? present.onDemandThroughput;
  const warmThroughput = input.WarmThroughput ?? present.warmThroughput;
  return {
    ...present,
    ...changedBilling(present, input, nowMs),
    ...(input.TableClass === undefined ? {} : { tableClass: { name: input.TableClass, lastUpdateMs: nowMs } }),
    ...encryptionOf(input.SSESpecification),
    deletionProtection: input.DeletionProtectionEnabled ?? present.deletionProtection,
    ...(onDemandThroughput === undefined ? {} : { onDemandThroughput }),
    ...(warmThroughput === undefined ? {} : { warmThroughput }),
  };
}

type Billing = Pick<TableDescriptor, "billingMode" | "throughput"> & { payPerRequestMs?: number };

function changedBilling(present: TableDescriptor, input: UpdateTableInput, nowMs: number): Billing {
  const billingMode = input.BillingMode ?? present.billingMode;
  const requested = input.ProvisionedThroughput;
  if (billingMode === "PAY_PER_REQUEST") {
    if (requested !== undefined) {
      throw validationError(
        "One or more parameter values were invalid: Neither ReadCapacityUnits nor WriteCapacityUnits can be specified " +
          "when BillingMode is PAY_PER_REQUEST",
      );
    }
    const throughput = { ...present.throughput, ReadCapacityUnits: 0, WriteCapacityUnits: 0 };
    return present.billingMode === billingMode
      ? { billingMode, throughput }
      : { billingMode, throughput, payPerRequestMs: nowMs };
  }
  if (requested === undefined) {
    if (present.billingMode === billingMode) return { billingMode, throughput: present.throughput };
    throw validationError(
      "One or more parameter values were invalid: ProvisionedThroughput must be specified when BillingMode is PROVISIONED",
    );
  }
  const switched = present.billingMode !== billingMode;
  return { billingMode, throughput: changedThroughput(present.throughput, requested, switched, nowMs) };
}

function changedThroughput(
  present: ProvisionedThroughputState,
  requested: NonNullable<UpdateTableInput["ProvisionedThroughput"]>,
  switched: boolean,
  nowMs: number,
): ProvisionedThroughputState {
  const readChange = requested.ReadCapacityUnits - present.ReadCapacityUnits;
  const writeChange = requested.WriteCapacityUnits - present.WriteCapacityUnits;
  if (readChange === 0 && writeChange === 0 && !switched) throw unchangedThroughput(present, requested);
  const changed = { ...present, ...requested };
  if (readChange > 0 || writeChange > 0) changed.lastIncreaseMs = nowMs;
  if (readChange < 0 || writeChange < 0) {
    changed.decreases = sameDay(present.lastDecreaseMs, nowMs) ? present.decreases + 1 : 1;
    changed.lastDecreaseMs = nowMs;
  }
  return changed;
}

function sameDay(thenMs: number | undefined, nowMs: number): boolean {
  return thenMs !== undefined && Math.floor(thenMs / 86_400_000) === Math.floor(nowMs / 86_400_000);
}

function unchangedThroughput(
  present: ProvisionedThroughputState,
  requested: NonNullable<UpdateTableInput["ProvisionedThroughput"]>,
): Error {
  return validationError(
    "The provisioned throughput for the table will not change. The requested value equals the current value. " +
      `Current ReadCapacityUnits provisioned for the table: ${present.ReadCapacityUnits}. ` +
      `Requested ReadCapacityUnits: ${requested.ReadCapacityUnits}. ` +
      `Current WriteCapacityUnits provisioned for the table: ${present.WriteCapacityUnits}. ` +
      `Requested WriteCapacityUnits: ${requested.WriteCapacityUnits}. ` +
      "Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits.",
  );
}
