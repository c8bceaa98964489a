/**
 * What an update writes, computed from the item as it was before: the values of SET, sums and unions of ADD, differences of
 * DELETE. Nothing here changes its arguments; results may share parts with them.
 */
import { invariant } from "../../errors.js";
import type { ServiceError } from "../service-error.js";
import { typeOf, type AttributeValue, type Item } from "../values/attribute-value.js";
import { addNumbers, subtractNumbers } from "../values/number.js";
import type { BoundSetValue } from "./bind-update.js";
import { pathReader } from "./path.js";
import { wrongOperandType } from "./update-errors.js";

/** undefined when the value needs an attribute that the item does not have. Throws on operands of a wrong type. */
export type SetValue = (item: Item) => AttributeValue | undefined;

export function compileSetValue(value: BoundSetValue): SetValue {
  switch (value.kind) {
    case "value":
      return () => value.value;
    case "path":
      return pathReader(value.path);
    case "arithmetic":
      return arithmetic(value.operator, compileSetValue(value.left), compileSetValue(value.right));
    case "function": {
      const [first, second] = value.operands.map(compileSetValue);
      invariant(first !== undefined && second !== undefined, "functions of updates have two operands");
      if (value.name === "list_append") return listAppend(first, second);
      return (item) => first(item) ?? second(item);
    }
  }
}

function arithmetic(operator: "+" | "-", left: SetValue, right: SetValue): SetValue {
  const compute = operator === "+" ? addNumbers : subtractNumbers;
  return (item) => {
    const leftValue = left(item);
    if (leftValue === undefined) return undefined;
    if (!("N" in leftValue)) throw wrongOperandType();
    const rightValue = right(item);
    if (rightValue === undefined) return undefined;
    if (!("N" in rightValue)) throw wrongOperandType();
    return { N: compute(leftValue.N, rightValue.N) };
  };
}

function listAppend(left: SetValue, right: SetValue): SetValue {
  return (item) => {
    const leftValue = left(item);
    if (leftValue === undefined) return undefined;
    if (!("L" in leftValue)) throw wrongOperandType();
    const rightValue = right(item);
    if (rightValue === undefined) return undefined;
    if (!("L" in rightValue)) throw wrongOperandType();
    return { L: [...leftValue.L, ...rightValue.L] };
  };
}

/** What ADD makes of a value: a sum or a union; lists (in AttributeUpdates only) are joined. */
export function added(
  current: AttributeValue | undefined,
  operand: AttributeValue,
  mismatch: () => ServiceError,
): AttributeValue {
  if (current === undefined) return operand;
  if (typeOf(current) !== typeOf(operand)) throw mismatch();
  if ("N" in current && "N" in operand) return { N: addNumbers(current.N, operand.N) };
  if ("L" in current && "L" in operand) return { L: [...current.L, ...operand.L] };
  if ("SS" in current && "SS" in operand) return { SS: union(current.SS, operand.SS) };
  if ("NS" in current && "NS" in operand) return { NS: union(current.NS, operand.NS) };
  if ("BS" in current && "BS" in operand) return { BS: union(current.BS, operand.BS) };
  throw mismatch();
}

/** What DELETE leaves of a set; undefined when nothing is left, or nothing was there. */
export function deleted(
  current: AttributeValue | undefined,
  operand: AttributeValue,
  mismatch: () => ServiceError,
): AttributeValue | undefined {
  if (current === undefined) return undefined;
  if ("SS" in current && "SS" in operand) return nonEmpty(without(current.SS, operand.SS), (SS) => ({ SS }));
  if ("NS" in current && "NS" in operand) return nonEmpty(without(current.NS, operand.NS), (NS) => ({ NS }));
  if ("BS" in current && "BS" in operand) return nonEmpty(without(current.BS, operand.BS), (BS) => ({ BS }));
  throw mismatch();
}

/** Members are canonical texts: equal members have equal texts. */
function union(members: readonly string[], more: readonly string[]): string[] {
  return [...new Set([...members, ...more])];
}

function without(members: readonly string[], fewer: readonly string[]): string[] {
  const gone = new Set(fewer);
  return members.filter((member) => !gone.has(member));
}

function nonEmpty(members: string[], wrap: (members: string[]) => AttributeValue): AttributeValue | undefined {
  return members.length === 0 ? undefined : wrap(members);
}
