/**
 * AttributeUpdates, as a compiled update: PUT (the default), ADD and DELETE on top-level attributes.
 *
 * Unlike UpdateExpression's ADD, this one also joins lists; and an empty map of updates still creates the item.
 */
import { validationError } from "../../service-error.js";
import { typeOf, type AttributeValue } from "../../values/attribute-value.js";
import { typeMismatchForUpdate } from "../update-errors.js";
import { CompiledUpdate, type UpdateAction } from "../update.js";

/** An AttributeValueUpdate with a canonical value. */
export interface AttributeUpdate {
  readonly Action?: "PUT" | "ADD" | "DELETE" | undefined;
  readonly Value?: AttributeValue | undefined;
}

/** Throws ValidationException, in the service's words, on an update that is not possible. */
export function compileAttributeUpdates(updates: Readonly<Record<string, AttributeUpdate>>): CompiledUpdate {
  const actions = Object.entries(updates).map(([name, update]) => compileOne(name, update));
  return new CompiledUpdate(actions, typeMismatchForUpdate);
}

function invalid(problem: string): Error {
  return validationError(`One or more parameter values were invalid: ${problem}`);
}

function compileOne(name: string, { Action: action = "PUT", Value: value }: AttributeUpdate): UpdateAction {
  if (value === undefined) {
    if (action === "DELETE") return { section: "REMOVE", path: [name] };
    throw invalid("Only DELETE action is allowed when no attribute value is specified");
  }
  const type = typeOf(value);
  const isSet = type === "SS" || type === "NS" || type === "BS";
  if (action === "DELETE") {
    if (!isSet) throw invalid(`DELETE action with value is not supported for the type ${type}`);
    return { section: "DELETE", path: [name], operand: value };
  }
  if (action === "PUT") return { section: "SET", path: [name], compute: () => value, writtenType: type };
  if (!isSet && type !== "N" && type !== "L") throw invalid(`ADD action is not supported for the type ${type}`);
  return { section: "ADD", path: [name], operand: value, writtenType: type };
}
