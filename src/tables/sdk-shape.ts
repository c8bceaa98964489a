/**
 * Outputs from the wire's shape to that of the AWS SDK v3: binaries as Uint8Array (values/native-shape.ts), times as Date.
 * Everything else is the same in both.
 */
import type { OperationName } from "./validation/inputs.js";
import { outputToNative } from "./values/native-shape.js";

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

function withDates(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, content]) => [
      name,
      timeMembers.has(name) ? new Date((content as number) * 1000) : withDates(content),
    ]),
  );
}
