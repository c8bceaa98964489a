/**
 * Request validation: from the parsed JSON of a request to the typed input of its operation.
 *
 * Driven by the facts of the service model. First deserialization, which throws SerializationException, then constraints, which
 * throw ValidationException; both with the service's messages. What cannot be known from the shape alone (key schemas,
 * expressions, the contents of attribute values) is left to the operations.
 */
import { ServiceError } from "../service-error.js";
import { deserializeInput } from "./deserialize.js";
import { operations } from "./facts.js";
import type { OperationInputs, OperationName } from "./inputs.js";
import { checkConstraints } from "./operation-rules.js";

/** Whether DynamoDB has an operation of that name. */
export function isOperationName(name: string): name is OperationName {
  return Object.hasOwn(operations, name);
}

/**
 * The operation's input: a new object with the known, present members. Attribute values in it are checked for JSON types only, and
 * are parsed with parse-attribute-value.ts. `rawInput` is not changed, but parts of it are shared.
 */
export function validateInput<Name extends OperationName>(
  operationName: Name,
  rawInput: unknown,
): OperationInputs[Name] {
  if (!isOperationName(operationName)) {
    throw new ServiceError("UnknownOperationException", "", { namespace: "com.amazon.coral.service" });
  }
  const input = deserializeInput(operations[operationName].input, rawInput);
  checkConstraints(operationName, input);
  return input as unknown as OperationInputs[Name];
}
