/**
 * Outputs and errors from the wire's shape to that of the AWS SDK v3: binaries as Uint8Array (values/native-shape.ts), times as Date.
 * Everything else is the same in both.
 * An error of the service has its further members as properties too, as the SDK gives them.
 */
import { ServiceError } from "./service-error.js";
import type { CancellationReason } from "./transaction-errors.js";
import type { OperationName } from "./validation/inputs.js";
import type { AttributeMap } from "./values/attribute-value.js";
import { itemToNative, outputToNative } from "./values/native-shape.js";

/** Members whose value is a time, wherever they stand in a table's description. */
const timeMembers = new Set([
  "CreationDateTime",
  "LastIncreaseDateTime",
  "LastDecreaseDateTime",
  "LastUpdateToPayPerRequestDateTime",
  "LastUpdateDateTime",
]);

/** Members of outputs that hold a table's description. */
const descriptionMembers = ["Table", "TableDescription"] as const;

export function outputToSdk(operationName: OperationName, output: object): object {
  const native = outputToNative(operationName, output) as Record<string, unknown>;
  for (const member of descriptionMembers) {
    if (Object.hasOwn(native, member)) return { ...native, [member]: withDates(native[member]) };
  }
  return native;
}

/** Gives a service's error its members as the SDK has them: `error.Item`, `error.CancellationReasons`. Returns the same error. */
export function errorToSdk(error: unknown): unknown {
  if (!(error instanceof ServiceError)) return error;
  const { CancellationReasons: reasons, ...members } = error.members;
  Object.assign(error, withNativeItem(members));
  if (reasons === undefined) return error;
  return Object.assign(error, { CancellationReasons: (reasons as CancellationReason[]).map(withNativeItem) });
}

function withNativeItem(holder: { readonly Item?: unknown }): object {
  return holder.Item === undefined ? holder : { ...holder, Item: itemToNative(holder.Item as AttributeMap) };
}

function withDates(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, content]) => [
      name,
      timeMembers.has(name) ? new Date((content as number) * 1000) : withDates(content),
    ]),
  );
}
