/**
 * The checks of a table's definition in CreateTable: capacity and billing, attribute definitions against the key schema.
 *
 * Messages and their order are the service's: capacity first, then keys without definition, then the key's structure, and at the end
 * definitions that no key uses (dynalite's tests against the service).
 */
import { maxCapacityUnits } from "./limits.js";
import { validationError } from "./service-error.js";
import type { OperationInputs } from "./validation/inputs.js";

type CreateTableInput = OperationInputs["CreateTable"];
type KeySchemaElement = NonNullable<CreateTableInput["KeySchema"]>[number];
type ProvisionedThroughput = CreateTableInput["ProvisionedThroughput"];

const invalid = "One or more parameter values were invalid: ";

/** Throws the service's ValidationException on a definition that does not make a table. */
export function checkTableDefinition(input: CreateTableInput): void {
  checkBilling(input);
  const definitions = input.AttributeDefinitions ?? [];
  const keySchema = input.KeySchema ?? [];
  if (input.AttributeDefinitions === undefined) {
    throw validationError(`${invalid}Some AttributeDefinitions are not defined`);
  }
  const defined = definitions.map(({ AttributeName }) => AttributeName);
  if (new Set(defined).size !== defined.length) {
    const repeated = defined.find((name, index) => defined.indexOf(name) !== index) ?? "";
    throw validationError(
      `${invalid}Cannot add two attributes with the same name: ${repeated}. AttributeDefinitions: [${defined.join(", ")}]`,
    );
  }
  checkKeysDefined(
    keySchema.map(({ AttributeName }) => AttributeName),
    defined,
  );
  checkKeyStructure(keySchema);
  checkNoIndexes(input);
  if (defined.length !== keySchema.length) {
    throw validationError(
      `${invalid}Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions`,
    );
  }
}

function checkBilling({ BillingMode, ProvisionedThroughput }: CreateTableInput): void {
  if (BillingMode === "PAY_PER_REQUEST") {
    if (ProvisionedThroughput === undefined) return;
    throw validationError(
      `${invalid}Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST`,
    );
  }
  if (ProvisionedThroughput === undefined) {
    throw validationError(
      BillingMode === undefined
        ? "No provisioned throughput specified for the table"
        : `${invalid}ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED`,
    );
  }
  checkCapacityBounds(ProvisionedThroughput);
}

export function checkCapacityBounds(throughput: ProvisionedThroughput): void {
  for (const name of ["ReadCapacityUnits", "WriteCapacityUnits"] as const) {
    const units = throughput?.[name] ?? 0;
    if (units > maxCapacityUnits) throw validationError(`Given value ${units} for ${name} is out of bounds`);
  }
}

function checkKeysDefined(keys: readonly string[], defined: readonly string[]): void {
  if (keys.every((key) => defined.includes(key))) return;
  if (keys.length > defined.length) {
    throw validationError("Invalid KeySchema: Some index key attribute have no definition");
  }
  throw validationError(
    `${invalid}Some index key attributes are not defined in AttributeDefinitions. ` +
      `Keys: [${keys.join(", ")}], AttributeDefinitions: [${defined.join(", ")}]`,
  );
}

function checkKeyStructure([first, second, ...others]: readonly KeySchemaElement[]): void {
  if (others.length > 0) throw validationError(`${invalid}A table has at most one sort key`);
  if (first !== undefined && first.AttributeName === second?.AttributeName) {
    throw validationError("Both the Hash Key and the Range Key element in the KeySchema have the same name");
  }
  if (first?.KeyType !== "HASH") {
    throw validationError("Invalid KeySchema: The first KeySchemaElement is not a HASH key type");
  }
  if (second !== undefined && second.KeyType !== "RANGE") {
    throw validationError("Invalid KeySchema: The second KeySchemaElement is not a RANGE key type");
  }
}

/** Secondary indexes and streams are not built yet: better refused than silently left out. */
function checkNoIndexes(input: CreateTableInput): void {
  for (const list of ["LocalSecondaryIndexes", "GlobalSecondaryIndexes"] as const) {
    const indexes = input[list];
    if (indexes === undefined) continue;
    if (indexes.length === 0) throw validationError(`${invalid}List of ${list} is empty`);
    throw notSupported(list);
  }
  if ((input.VectorIndexes?.length ?? 0) > 0) throw notSupported("VectorIndexes");
  if (input.StreamSpecification?.StreamEnabled === true) throw notSupported("StreamSpecification");
}

/** A part of a request that this version of Varve does not do. */
export function notSupported(parameter: string): Error {
  return validationError(`${parameter} is not supported by this version of Varve`);
}
