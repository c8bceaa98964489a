import t from "tap";
import {
  checkParameterMix,
  type MixOperation,
  type MixParameters,
} from "../../../src/tables/expressions/parameter-mix.js";
import { messageOf } from "./service-message.js";

const mixed = (legacy: string, expressions: string): string =>
  "Can not use both expression and non-expression parameters in the same request: " +
  `Non-expression parameters: {${legacy}} Expression parameters: {${expressions}}`;
const none = "nothing was thrown";
const namesAlone = "ExpressionAttributeNames can only be specified when using expressions";
const valuesAlone = (nulls: string): string =>
  `ExpressionAttributeValues can only be specified when using expressions: ${nulls}`;

/** Parameters that are there, whatever they hold. */
const having = (...names: (keyof MixParameters)[]): MixParameters =>
  Object.fromEntries(names.map((name) => [name, {}]));

t.test("expressions and legacy parameters", (t) => {
  const cases: [operation: MixOperation, parameters: MixParameters, message: string][] = [
    ["GetItem", having("AttributesToGet"), none],
    ["GetItem", having("AttributesToGet", "ProjectionExpression"), mixed("AttributesToGet", "ProjectionExpression")],
    [
      "BatchGetItem",
      having("AttributesToGet", "ProjectionExpression"),
      mixed("AttributesToGet", "ProjectionExpression"),
    ],
    ["PutItem", having("Expected", "ConditionExpression"), mixed("Expected", "ConditionExpression")],
    [
      "DeleteItem",
      having("Expected", "ConditionalOperator", "ConditionExpression"),
      mixed("Expected, ConditionalOperator", "ConditionExpression"),
    ],
    [
      "UpdateItem",
      having("AttributeUpdates", "Expected", "ConditionalOperator", "UpdateExpression", "ConditionExpression"),
      mixed("AttributeUpdates, Expected, ConditionalOperator", "UpdateExpression, ConditionExpression"),
    ],
    ["UpdateItem", having("AttributeUpdates", "ConditionExpression"), mixed("AttributeUpdates", "ConditionExpression")],
    ["UpdateItem", having("AttributeUpdates", "Expected"), none],
    ["Query", having("KeyConditions", "FilterExpression"), none],
    ["Query", having("KeyConditions", "KeyConditionExpression"), mixed("KeyConditions", "KeyConditionExpression")],
    [
      "Query",
      having(
        "AttributesToGet",
        "QueryFilter",
        "ConditionalOperator",
        "KeyConditions",
        "ProjectionExpression",
        "FilterExpression",
        "KeyConditionExpression",
      ),
      mixed(
        "AttributesToGet, QueryFilter, ConditionalOperator, KeyConditions",
        "ProjectionExpression, FilterExpression, KeyConditionExpression",
      ),
    ],
    [
      "Scan",
      having("AttributesToGet", "ScanFilter", "FilterExpression"),
      mixed("AttributesToGet, ScanFilter", "FilterExpression"),
    ],
    ["Scan", { AttributesToGet: ["a"], FilterExpression: null, ProjectionExpression: undefined }, none],
  ];
  for (const [operation, parameters, message] of cases) {
    t.equal(
      messageOf(() => checkParameterMix(operation, parameters)),
      message,
      `${operation}: ${Object.keys(parameters).join(", ")}`,
    );
  }
  t.end();
});

t.test("placeholders without expressions", (t) => {
  const cases: [operation: MixOperation, parameters: MixParameters, message: string][] = [
    ["GetItem", having("ExpressionAttributeNames"), namesAlone],
    ["GetItem", having("ExpressionAttributeNames", "ProjectionExpression"), none],
    ["PutItem", having("ExpressionAttributeNames", "ExpressionAttributeValues"), namesAlone],
    ["PutItem", having("ExpressionAttributeValues"), valuesAlone("ConditionExpression is null")],
    ["DeleteItem", having("ExpressionAttributeValues"), valuesAlone("ConditionExpression is null")],
    [
      "UpdateItem",
      having("ExpressionAttributeValues"),
      valuesAlone("UpdateExpression and ConditionExpression are null"),
    ],
    ["UpdateItem", having("ExpressionAttributeValues", "ConditionExpression"), none],
    ["Query", having("ExpressionAttributeValues"), valuesAlone("FilterExpression and KeyConditionExpression are null")],
    [
      "Query",
      having("ExpressionAttributeValues", "ProjectionExpression"),
      valuesAlone("FilterExpression and KeyConditionExpression are null"),
    ],
    ["Scan", having("ExpressionAttributeValues"), valuesAlone("FilterExpression is null")],
    ["Scan", having("ExpressionAttributeNames", "ProjectionExpression"), none],
    ["Scan", having("ExpressionAttributeNames", "ScanFilter"), namesAlone],
    ["ConditionCheck", having("ConditionExpression", "ExpressionAttributeValues", "ExpressionAttributeNames"), none],
  ];
  for (const [operation, parameters, message] of cases) {
    t.equal(
      messageOf(() => checkParameterMix(operation, parameters)),
      message,
      `${operation}: ${Object.keys(parameters).join(", ")}`,
    );
  }
  t.end();
});
