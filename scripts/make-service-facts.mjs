/**
 * Makes src/tables/validation/facts.ts and inputs.ts from the AWS service model of DynamoDB (Apache-2.0), the JSON file that
 * the AWS SDKs are made from:
 *
 *   node scripts/make-service-facts.mjs path/to/dynamodb-service-model.json
 *
 * facts.ts holds what request validation needs of every shape that an input reaches, and of outputs the way to their
 * attribute values. inputs.ts holds the inputs as TypeScript interfaces. The model is silent on some things that clients see; those
 * were observed of the service and stand in `observed` below: the order in which members are checked, the order in which
 * enum values are printed, and bounds that the model does not state.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { format } from "prettier";

/** Observed of the service: dynalite's test-suite, and the public dynamodb-conformance suite (2026). */
const observed = {
  /** Members named here are checked first, in this order; the others follow in the model's order. */
  memberOrder: {
    BatchGetItemInput: "ReturnConsumedCapacity RequestItems",
    BatchWriteItemInput: "ReturnConsumedCapacity ReturnItemCollectionMetrics RequestItems",
    CreateTableInput:
      "AttributeDefinitions TableName BillingMode ProvisionedThroughput KeySchema LocalSecondaryIndexes GlobalSecondaryIndexes",
    DeleteItemInput:
      "ReturnConsumedCapacity TableName ReturnValues ReturnItemCollectionMetrics Key ConditionalOperator Expected",
    GetItemInput: "ReturnConsumedCapacity AttributesToGet TableName Key ConsistentRead",
    ListTablesInput: "Limit ExclusiveStartTableName",
    PutItemInput:
      "ReturnConsumedCapacity TableName Item ConditionalOperator Expected ReturnValues ReturnItemCollectionMetrics",
    QueryInput:
      "Select IndexName ReturnConsumedCapacity QueryFilter TableName ConditionalOperator AttributesToGet Limit KeyConditions " +
      "ExclusiveStartKey ConsistentRead ScanIndexForward",
    ScanInput:
      "Select IndexName TotalSegments ReturnConsumedCapacity TableName ConditionalOperator ScanFilter Segment Limit " +
      "AttributesToGet ExclusiveStartKey",
    TransactGetItemsInput: "ReturnConsumedCapacity TransactItems",
    TransactWriteItemsInput: "ClientRequestToken ReturnConsumedCapacity ReturnItemCollectionMetrics TransactItems",
    UpdateItemInput:
      "ReturnConsumedCapacity TableName ReturnItemCollectionMetrics ReturnValues Key ConditionalOperator Expected AttributeUpdates",
    UpdateTableInput: "TableName ProvisionedThroughput BillingMode GlobalSecondaryIndexUpdates",
    ProvisionedThroughput: "WriteCapacityUnits ReadCapacityUnits",
    Projection: "ProjectionType NonKeyAttributes",
    AttributeValueUpdate: "Action Value",
    GlobalSecondaryIndexUpdate: "Update Create Delete",
    CreateGlobalSecondaryIndexAction: "Projection IndexName ProvisionedThroughput KeySchema",
  },
  enumOrder: {
    ComparisonOperator: "IN NULL BETWEEN LT NOT_CONTAINS EQ GT NOT_NULL NE LE BEGINS_WITH GE CONTAINS",
    ConditionalOperator: "OR AND",
    ProjectionType: "ALL INCLUDE KEYS_ONLY",
    ReturnValue: "ALL_NEW UPDATED_OLD ALL_OLD NONE UPDATED_NEW",
    ScalarAttributeType: "B N S",
    Select: "SPECIFIC_ATTRIBUTES COUNT ALL_ATTRIBUTES ALL_PROJECTED_ATTRIBUTES",
  },
  /** Bounds on single members. A table's keys are one or two; an index's may be more (multi-attribute keys). */
  memberBounds: {
    "CreateTableInput.KeySchema": { max: 2 },
    "LocalSecondaryIndex.KeySchema": { max: 2 },
  },
};

const [modelPath] = process.argv.slice(2);
if (modelPath === undefined) {
  console.error("usage: node scripts/make-service-facts.mjs path/to/dynamodb-service-model.json");
  process.exit(2);
}
const model = JSON.parse(readFileSync(modelPath, "utf8"));

const inputShapes = new Set();
for (const operation of Object.values(model.operations)) reach(operation.input?.shape, inputShapes);
const outputShapes = new Set();
for (const operation of Object.values(model.operations)) reach(operation.output?.shape, outputShapes);
const holdsValues = new Map();

function reach(name, reached) {
  if (name === undefined || reached.has(name)) return;
  reached.add(name);
  for (const next of partsOf(model.shapes[name])) reach(next, reached);
}

function partsOf(shape) {
  if (shape.type === "structure") return Object.values(shape.members).map((member) => member.shape);
  if (shape.type === "list") return [shape.member.shape];
  if (shape.type === "map") return [shape.key.shape, shape.value.shape];
  return [];
}

/** Whether a value of the shape can hold an AttributeValue. */
function reachesValue(name) {
  if (name === "AttributeValue") return true;
  if (!holdsValues.has(name)) {
    holdsValues.set(name, false);
    holdsValues.set(name, partsOf(model.shapes[name]).some(reachesValue));
  }
  return holdsValues.get(name);
}

function factOf(name) {
  const shape = model.shapes[name];
  const { type, min, max, pattern } = shape;
  const bounds = { min, max };
  switch (type) {
    case "structure":
      return { type, members: membersOf(name, shape), required: requiredOf(name, shape) };
    case "list":
      return { type, member: shape.member.shape, ...bounds };
    case "map":
      return { type, key: shape.key.shape, value: shape.value.shape, ...bounds };
    case "string":
      return { type, ...bounds, pattern, enum: shape.enum && ordered(shape.enum, observed.enumOrder[name]) };
    default:
      return { type, ...bounds };
  }
}

function requiredOf(name, shape) {
  return shape.required && ordered(shape.required, observed.memberOrder[name]);
}

function membersOf(name, shape) {
  const members = {};
  for (const member of ordered(Object.keys(shape.members), observed.memberOrder[name])) {
    const fact = shape.members[member];
    const bounds = observed.memberBounds[`${name}.${member}`];
    members[member] = bounds === undefined ? fact.shape : { shape: fact.shape, ...bounds };
  }
  return members;
}

function ordered(names, order = "") {
  const first = order.split(" ").filter((name) => names.includes(name));
  return [...first, ...names.filter((name) => !first.includes(name))];
}

/** Output shapes only as far as they lead to attribute values. */
function outputFactOf(name) {
  const shape = model.shapes[name];
  if (shape.type !== "structure") return factOf(name);
  const members = Object.entries(shape.members).filter(([, member]) => reachesValue(member.shape));
  return { type: "structure", members: Object.fromEntries(members.map(([key, member]) => [key, member.shape])) };
}

const shapes = {};
for (const name of [...inputShapes].sort()) shapes[name] = factOf(name);
const outputs = {};
for (const name of [...outputShapes].sort()) {
  if (!inputShapes.has(name) && reachesValue(name)) outputs[name] = outputFactOf(name);
}
const operations = {};
for (const [name, operation] of Object.entries(model.operations)) {
  const output = operation.output?.shape;
  operations[name] = { input: operation.input?.shape ?? null, output: output && reachesValue(output) ? output : null };
}

const origin =
  ` * Made by scripts/make-service-facts.mjs from the AWS service model of DynamoDB (${model.metadata.apiVersion}; Amazon Web Services,\n` +
  " * Apache-2.0), documentation left out. Do not edit: run the script again.\n";

const factsText = `/**
 * The facts of the service's requests that validation is driven by: operations, and the shapes that their inputs reach.
 *
${origin} */
import type { OperationFact, ShapeFact } from "./fact-types.js";

export const operations = ${JSON.stringify(operations)} as const satisfies Record<string, OperationFact>;

/** The shapes of inputs, by name. */
export const shapes: Readonly<Record<string, ShapeFact>> = ${JSON.stringify(shapes)};

/** The shapes of outputs alone that lead to attribute values, with only the members that do. */
export const outputShapes: Readonly<Record<string, ShapeFact>> = ${JSON.stringify(outputs)};
`;

function typeScriptOf(name) {
  const shape = model.shapes[name];
  if (name === "AttributeValue") return "RawAttributeValue";
  switch (shape.type) {
    case "structure":
      return name;
    case "list":
      return `${wrapped(typeScriptOf(shape.member.shape))}[]`;
    case "map":
      return `Record<string, ${typeScriptOf(shape.value.shape)}>`;
    case "string":
      return shape.enum ? shape.enum.map((value) => JSON.stringify(value)).join(" | ") : "string";
    case "boolean":
      return "boolean";
    case "blob":
      return "string";
    default:
      return "number";
  }
}

function wrapped(type) {
  return type.includes("|") ? `(${type})` : type;
}

function interfaceOf(name) {
  const { members, required = [] } = model.shapes[name];
  const lines = Object.entries(members).map(
    ([member, fact]) => `${member}${required.includes(member) ? "" : "?"}: ${typeScriptOf(fact.shape)};`,
  );
  return lines.length === 0
    ? `export type ${name} = Record<string, never>;`
    : `export interface ${name} {\n${lines.join("\n")}\n}`;
}

const structures = [...inputShapes]
  .sort()
  .filter((name) => model.shapes[name].type === "structure" && name !== "AttributeValue");
const inputsText = `/**
 * The operations' inputs as validation leaves them: JSON of the right types within the service's constraints, members that are
 * unknown or null left out. Attribute values have the right JSON types only, and are still to be parsed.
 *
${origin} */

/** An attribute value that is still to be parsed by parse-attribute-value.ts. */
export type RawAttributeValue = unknown;

${structures.map(interfaceOf).join("\n\n")}

/** Operation name to its input. */
export interface OperationInputs {
${Object.entries(operations)
  .map(([name, { input }]) => `${name}: ${input ?? "Record<string, never>"};`)
  .join("\n")}
}

export type OperationName = keyof OperationInputs;
`;

const folder = new URL("../src/tables/validation/", import.meta.url);
for (const [name, text] of [
  ["facts.ts", factsText],
  ["inputs.ts", inputsText],
]) {
  writeFileSync(new URL(name, folder), await format(text, { parser: "typescript", printWidth: 120 }));
}
