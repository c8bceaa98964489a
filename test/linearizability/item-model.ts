/**
 * The sequential model of one item with a value and a counter: what each operation does to it and answers.
 *
 * A state is "absent" or "VALUE,COUNT"; `ADD` makes an item that is missing, with the value "none".
 */
import type { Model } from "./checker.js";

export type ItemInput =
  | { kind: "get" }
  | { kind: "put"; value: string }
  | { kind: "putIfAbsent"; value: string }
  | { kind: "compareAndSet"; expected: string; value: string }
  | { kind: "add" }
  | { kind: "delete" };

/** The item that was read or deleted, "done" or "refused", or the new count. */
export type ItemOutput = string;

export const absent = "absent";

/** The state after an operation, and what it answers. */
function apply(state: string, input: ItemInput): [state: string, output: ItemOutput] {
  const [value = "", count = "0"] = state === absent ? ["none"] : state.split(",");
  switch (input.kind) {
    case "get":
      return [state, state];
    case "put":
      return [`${input.value},0`, "done"];
    case "putIfAbsent":
      return state === absent ? [`${input.value},0`, "done"] : [state, "refused"];
    case "compareAndSet":
      return state !== absent && value === input.expected ? [`${input.value},${count}`, "done"] : [state, "refused"];
    case "add":
      return [`${value},${Number(count) + 1}`, String(Number(count) + 1)];
    case "delete":
      return [absent, state];
  }
}

export const itemModel: Model<ItemInput, ItemOutput> = {
  initial: absent,
  step(state, input, output) {
    const [after, answer] = apply(state, input);
    return output === undefined || output === answer ? after : undefined;
  },
};
