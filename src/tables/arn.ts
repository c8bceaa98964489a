/**
 * Amazon Resource Names of tables. Every TableName parameter may be one.
 *
 *   arn:aws:dynamodb:<region>:000000000000:table/<name>
 */
import { validationError } from "./service-error.js";

export const accountId = "000000000000";

export function tableArn(region: string, tableName: string): string {
  return `arn:aws:dynamodb:${region}:${accountId}:table/${tableName}`;
}

const tableArnPattern = /^arn:[^:]*:dynamodb:[^:]*:[^:]*:table\/([A-Za-z0-9_.-]{1,255})$/;

/** The table that a TableName parameter names: itself, or the name in its ARN. */
export function tableNameOf(nameOrArn: string): string {
  if (!nameOrArn.startsWith("arn:")) return nameOrArn;
  return tableArnPattern.exec(nameOrArn)?.[1] ?? nameOrArn;
}

/** The table that a ResourceArn parameter names. Throws the service's ValidationException for what is no table's ARN. */
export function tableNameOfResource(resourceArn: string): string {
  const name = tableArnPattern.exec(resourceArn)?.[1];
  if (name === undefined)
    throw validationError(`Invalid TableArn: Invalid ResourceArn provided as input ${resourceArn}`);
  return name;
}
