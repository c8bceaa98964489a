import t from "tap";
import { ServiceError, validationError } from "../../../src/tables/service-error.js";
import { forOperation, requestValidationError } from "../../../src/tables/validation/request-validation-error.js";

t.test("PutItem and UpdateItem put the envelope around request-validation errors", async (t) => {
  const error = requestValidationError("bare", "enveloped");
  t.equal(error.message, "bare");
  for (const name of ["PutItem", "UpdateItem"]) {
    const enveloped = forOperation(name, error);
    t.ok(enveloped instanceof ServiceError);
    t.match(enveloped, {
      name: "ValidationException",
      message: "1 validation error detected: enveloped",
      statusCode: 400,
    });
    t.equal(forOperation(name, enveloped), enveloped, "once is enough");
  }
  t.match(forOperation("PutItem", requestValidationError("same")), { message: "1 validation error detected: same" });
});

t.test("other operations, and other errors, stay bare", async (t) => {
  const error = requestValidationError("bare");
  for (const name of ["DeleteItem", "Query", "BatchWriteItem"]) t.equal(forOperation(name, error), error);
  const other = validationError("other");
  t.equal(forOperation("PutItem", other), other);
});
