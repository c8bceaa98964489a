/**
 * What single operations do differently from the plain constraints of the model, all observed of the service.
 *
 * Sources: the public dynamodb-conformance suite, captures of June to October 2026 (captures/2026-06-09-validation-rewording.json,
 * registry/splits.json, tests/tier3/error-messages), which show that PutItem, UpdateItem and DeleteItem have a newer validation in
 * nearly all regions: the table's name is checked alone and first, and wrong enum values have words of their own ("UPDATE_NEW" is
 * the service's spelling). dynalite's test-suite for the parameters that control operations require by name.
 */
import { validationError } from "../service-error.js";
import { ConstraintChecker, violationsError } from "./constraints.js";
import { factOf } from "./deserialize.js";
import type { StringFact, StructureFact } from "./fact-types.js";
import { operations } from "./facts.js";
import type { OperationName } from "./inputs.js";

type Input = Readonly<Record<string, unknown>>;

/** Operations on items take any non-empty name, and then do not find the table; the others know the shortest name. */
const itemOperations = new Set<string>([
  ...["PutItem", "UpdateItem", "DeleteItem", "GetItem", "Query", "Scan", "BatchGetItem", "BatchWriteItem"],
  ...["TransactGetItems", "TransactWriteItems", "SearchVectors"],
]);
const newerOperations = new Set<string>(["PutItem", "UpdateItem", "DeleteItem"]);

/** Members that the newer validation has its own words for. */
const ownWords = new Set(["TableName", "ReturnValues", "ReturnItemCollectionMetrics"]);
const returnValuesViolation =
  "Failed to satisfy constraint: Member must satisfy enum value set: [ALL_OLD, UPDATED_OLD, ALL_NEW, UPDATE_NEW, NONE]";
const metricsViolation = "ReturnItemCollectionMetrics can only be SIZE or NONE";

/** Checks all constraints of an operation's deserialized input. Throws ValidationException in the service's words. */
export function checkConstraints(operationName: OperationName, input: Input): void {
  const shapeName = operations[operationName].input;
  const fact = factOf(shapeName) as StructureFact;
  checkNamedParameters(operationName, fact, input);
  const checker = new ConstraintChecker({ minLength: itemOperations.has(operationName) ? 1 : 3 });
  if (newerOperations.has(operationName)) checkNewer(operationName, fact, input, checker);
  else checker.checkStructure(fact, input);
  if (checker.violations.length > 0) throw violationsError(checker.violations);
}

/** Parameters whose absence the service reports by name, before any constraint. */
function checkNamedParameters(operationName: OperationName, fact: StructureFact, input: Input): void {
  switch (operationName) {
    case "BatchWriteItem":
      if (isEmpty(input["RequestItems"])) {
        throw validationError("The requestItems parameter is required for BatchWriteItem");
      }
      return;
    case "BatchGetItem":
      return checkBatchGet(input["RequestItems"]);
    case "Query":
      if (typeof input["Limit"] === "number" && input["Limit"] < 1) {
        throw withoutEcho("Limit", "Member must have value greater than or equal to 1");
      }
      return;
    case "TagResource":
    case "UntagResource":
    case "ListTagsOfResource":
      if (input["ResourceArn"] === undefined) throw validationError("Invalid TableArn");
      return;
  }
  if (itemOperations.has(operationName)) return;
  if (fact.required?.includes("TableName") === true && input["TableName"] === undefined) {
    throw validationError("The parameter 'TableName' is required but was not present in the request");
  }
}

function isEmpty(map: unknown): boolean {
  return map !== undefined && Object.keys(map as object).length === 0;
}

/** BatchGetItem names its members as they stand in the request, and echoes no values. */
function checkBatchGet(requestItems: unknown): void {
  if (requestItems === undefined) return;
  const tables = requestItems as Record<string, { Keys?: unknown[] } | null>;
  if (isEmpty(tables)) throw withoutEcho("RequestItems", "Member must have length greater than or equal to 1");
  const { min = 1, max = Infinity } = factOf("KeyList") as StringFact;
  for (const name of Object.keys(tables)) {
    const keyCount = tables[name]?.Keys?.length;
    if (keyCount === undefined) continue;
    const path = `RequestItems.${name}.member.Keys`;
    if (keyCount < min) throw withoutEcho(path, `Member must have length greater than or equal to ${min}`);
    if (keyCount > max) throw withoutEcho(path, `Member must have length less than or equal to ${max}`);
  }
}

/** The newer form of a violation: the member as it stands in the request, and no value. */
function withoutEcho(path: string, constraint: string): Error {
  return violationsError([`Value at '${path}' failed to satisfy constraint: ${constraint}`]);
}

function checkNewer(operationName: OperationName, fact: StructureFact, input: Input, checker: ConstraintChecker): void {
  checkTableNameAlone(input, checker);
  if (checker.violations.length > 0) return;
  // UpdateItem stops at the first wrong enum value; the others go on.
  const own = ownViolations(input);
  if (operationName === "UpdateItem" && own[0] !== undefined) throw violationsError([own[0]]);
  checker.checkStructure(fact, input, "", ownWords);
  checker.violations.push(...own);
}

const tableNameAlone: StructureFact = {
  type: "structure",
  members: { TableName: "TableArn" },
  required: ["TableName"],
};

function checkTableNameAlone(input: Input, checker: ConstraintChecker): void {
  if (input["TableName"] === "") throw withoutEcho("TableName", "Member must have length greater than or equal to 1");
  checker.checkStructure(tableNameAlone, input);
}

function ownViolations(input: Input): string[] {
  const violations: string[] = [];
  if (!isEnumValue("ReturnValue", input["ReturnValues"])) violations.push(returnValuesViolation);
  if (!isEnumValue("ReturnItemCollectionMetrics", input["ReturnItemCollectionMetrics"]))
    violations.push(metricsViolation);
  return violations;
}

function isEnumValue(shapeName: string, value: unknown): boolean {
  return value === undefined || ((factOf(shapeName) as StringFact).enum ?? []).includes(value as string);
}
