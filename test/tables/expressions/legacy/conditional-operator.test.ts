import t from "tap";
import { checkConditionalOperator } from "../../../../src/tables/expressions/legacy/conditional-operator.js";
import { messageOf } from "../service-message.js";

t.test("with how many conditions it may come", (t) => {
  const none = "nothing was thrown";
  const alone = "ConditionalOperator cannot be used without Filter or Expected";
  const cases: [
    operator: "AND" | "OR" | undefined,
    conditions: Record<string, unknown> | undefined,
    message: string,
  ][] = [
    [undefined, undefined, none],
    [undefined, { a: {} }, none],
    ["AND", undefined, alone],
    ["OR", {}, alone],
    ["AND", { a: {} }, "ConditionalOperator can only be used when Filter or Expected has two or more elements"],
    ["OR", { a: {}, b: {} }, none],
  ];
  for (const [operator, conditions, message] of cases) {
    t.equal(
      messageOf(() => checkConditionalOperator(operator, conditions)),
      message,
    );
  }
  t.end();
});
