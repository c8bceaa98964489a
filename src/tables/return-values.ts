/** The checks of ReturnValues that depend on the operation. */
import { validationError } from "./service-error.js";

export type ReturnValues = "NONE" | "ALL_OLD" | "UPDATED_OLD" | "ALL_NEW" | "UPDATED_NEW" | undefined;

/** PutItem and DeleteItem can give back nothing, or the old item. */
export function checkReturnsOldOnly(returnValues: ReturnValues): void {
  if (returnValues === undefined || returnValues === "NONE" || returnValues === "ALL_OLD") return;
  throw validationError("ReturnValues can only be ALL_OLD or NONE");
}
