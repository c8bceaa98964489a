/**
 * What can go wrong when an update meets an item. These come after the condition was checked, and without the
 * "Invalid UpdateExpression" of the errors that the request alone decides.
 */
import { validationError, type ServiceError } from "../service-error.js";
import { requestValidationError } from "../validation/request-validation-error.js";

export function missingAttribute(): ServiceError {
  return validationError("The provided expression refers to an attribute that does not exist in the item");
}

export function invalidPathForUpdate(): ServiceError {
  return validationError("The document path provided in the update expression is invalid for update");
}

export function wrongOperandType(): ServiceError {
  return validationError("An operand in the update expression has an incorrect data type");
}

/** The same of AttributeUpdates. */
export function typeMismatchForUpdate(): ServiceError {
  return validationError("Type mismatch for attribute to update");
}

/** In the words of values/parse-attribute-value.ts. */
export function nestedTooDeeply(): ServiceError {
  return requestValidationError(
    "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit",
  );
}
