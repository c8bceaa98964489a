/** The checker on histories whose answer is known, and on a register that is broken on purpose. */
import t from "tap";
import { SeededRandom } from "../../src/io/simulated/index.js";
import { isLinearizable, type Operation } from "./checker.js";
import { absent, itemModel, type ItemInput, type ItemOutput } from "./item-model.js";

type ItemOperation = Operation<ItemInput, ItemOutput>;

const operation = (called: number, returned: number | undefined, input: ItemInput, output?: string): ItemOperation => ({
  called,
  returned,
  input,
  output,
});
const put = (called: number, returned: number | undefined, value: string): ItemOperation =>
  operation(called, returned, { kind: "put", value }, returned === undefined ? undefined : "done");
const get = (called: number, returned: number, output: string): ItemOperation =>
  operation(called, returned, { kind: "get" }, output);
const add = (called: number, returned: number, output: string): ItemOperation =>
  operation(called, returned, { kind: "add" }, output);

const histories: [name: string, right: boolean, history: ItemOperation[]][] = [
  ["nothing", true, []],
  ["a write, then a read of it", true, [put(0, 1, "a"), get(2, 3, "a,0")]],
  ["a stale read", false, [put(0, 1, "a"), put(2, 3, "b"), get(4, 5, "a,0")]],
  ["a lost write", false, [put(0, 1, "a"), get(2, 3, absent)]],
  ["an invented value", false, [put(0, 1, "a"), get(2, 3, "b,0")]],
  ["a read during a write sees either", true, [put(0, 9, "a"), get(1, 2, absent), get(3, 4, "a,0")]],
  ["a read during a write goes back", false, [put(0, 9, "a"), get(1, 2, "a,0"), get(3, 4, absent)]],
  [
    "two readers disagree on the order",
    false,
    [put(0, 9, "a"), put(0, 9, "b"), get(10, 11, "a,0"), get(12, 13, "b,0")],
  ],
  ["unknown, seen", true, [put(0, undefined, "a"), get(2, 3, "a,0")]],
  ["unknown, seen late", true, [put(0, undefined, "a"), get(2, 3, absent), get(4, 5, "a,0")]],
  ["unknown, never done", true, [put(0, undefined, "a"), get(2, 3, absent)]],
  ["unknown, done and undone", false, [put(0, undefined, "a"), get(2, 3, "a,0"), get(4, 5, absent)]],
  ["unknown, seen before it was sent", false, [get(0, 1, "a,0"), put(2, undefined, "a")]],
  ["a write lost by a crash", false, [put(0, 1, "a"), put(2, 3, "b"), get(9, 10, "a,0"), get(11, 12, "a,0")]],
  [
    "a lost write comes back",
    false,
    [put(0, undefined, "a"), put(2, 3, "b"), get(4, 5, "b,0"), get(6, 7, "a,0"), get(8, 9, "b,0")],
  ],
  [
    "a refused write is seen",
    false,
    [put(0, 1, "a"), operation(2, 3, { kind: "putIfAbsent", value: "b" }, "refused"), get(4, 5, "b,0")],
  ],
  ["a lost update: two increments, one counted", false, [add(0, 5, "1"), add(1, 6, "2"), get(7, 8, "none,1")]],
  ["counted twice the same", false, [add(0, 5, "1"), add(1, 6, "1")]],
  ["counted in the other order", true, [add(0, 5, "2"), add(1, 6, "1")]],
  [
    "two winners of one condition",
    false,
    [
      operation(0, 5, { kind: "putIfAbsent", value: "a" }, "done"),
      operation(1, 6, { kind: "putIfAbsent", value: "b" }, "done"),
    ],
  ],
  [
    "refused although it held",
    false,
    [put(0, 1, "a"), operation(2, 3, { kind: "compareAndSet", expected: "a", value: "b" }, "refused")],
  ],
  [
    "deleted once, returned twice",
    false,
    [put(0, 1, "a"), operation(2, 5, { kind: "delete" }, "a,0"), operation(3, 6, { kind: "delete" }, "a,0")],
  ],
];

t.test("known histories", async (t) => {
  for (const [name, right, history] of histories) t.equal(isLinearizable(itemModel, history), right, name);
});

interface Written {
  value: string;
  called: number;
  returned: number;
}

/** A value that was certainly replaced before `called`: its write, then another, then the caller, each after the other's return. */
function staleValue(written: readonly Written[], called: number): string | undefined {
  const last = written.findLast(({ returned }) => returned < called);
  return written.findLast(({ returned }) => last !== undefined && returned < last.called)?.value;
}

/** A history of clients on a register, each operation of which takes effect at a moment of its own; and how many reads were stale. */
function generate(seed: number, broken: boolean): { history: ItemOperation[]; stale: number } {
  const random = new SeededRandom(seed);
  const history: ItemOperation[] = [];
  const clients = Array.from({ length: 6 }, () => 0);
  const written: Written[] = [];
  let state = absent;
  let stale = 0;
  for (let moment = 10; moment < 1500; moment += 10) {
    const client = random.below(clients.length);
    const called = Math.max((clients[client] as number) + 1, moment - random.below(200));
    if (called > moment) continue;
    const returned = moment + random.below(9);
    clients[client] = returned;
    if (random.below(2) === 0) {
      const old = broken && random.below(5) === 0 ? staleValue(written, called) : undefined;
      history.push(get(called, returned, old ?? state));
      if (old !== undefined) stale++;
      continue;
    }
    const isUnknown = random.below(20) === 0;
    history.push(put(called, isUnknown ? undefined : returned, `${moment}`));
    if (isUnknown && random.below(2) === 0) continue;
    state = `${moment},0`;
    if (!isUnknown) written.push({ value: state, called, returned });
  }
  return { history, stale };
}

t.test("a correct register always passes, one with stale reads never does", async (t) => {
  let stale = 0;
  for (let seed = 1; seed <= 20; seed++) {
    t.ok(isLinearizable(itemModel, generate(seed, false).history), `seed ${seed} is linearizable`);
    const broken = generate(seed, true);
    stale += broken.stale;
    t.equal(isLinearizable(itemModel, broken.history), broken.stale === 0, `seed ${seed}: ${broken.stale} stale reads`);
  }
  t.ok(stale > 20, `${stale} stale reads`);
});

/** Every order of the operations that their times allow, tried without any cleverness. */
function someOrderFits(left: readonly ItemOperation[], state = itemModel.initial): boolean {
  if (left.every(({ returned }) => returned === undefined)) return true;
  const firstReturn = Math.min(...left.map(({ returned }) => returned ?? Infinity));
  return left.some((next) => {
    if (next.called > firstReturn) return false;
    const after = itemModel.step(state, next.input, next.output);
    return (
      after !== undefined &&
      someOrderFits(
        left.filter((each) => each !== next),
        after,
      )
    );
  });
}

function drawOperation(random: SeededRandom): ItemOperation {
  const value = random.pick(["a", "b"]);
  const input = random.pick<ItemInput>([
    { kind: "get" },
    { kind: "put", value },
    { kind: "putIfAbsent", value },
    { kind: "compareAndSet", expected: random.pick(["a", "b"]), value },
    { kind: "add" },
    { kind: "delete" },
  ]);
  const called = random.below(20);
  if (random.below(6) === 0) return operation(called, undefined, input);
  const states = [absent, "a,0", "b,0", "a,1"];
  const outputs = { get: states, delete: states, put: ["done"], add: ["1", "2"] };
  const possible = input.kind in outputs ? outputs[input.kind as keyof typeof outputs] : ["done", "refused"];
  return operation(called, called + 1 + random.below(12), input, random.pick(possible));
}

t.test("the search agrees with trying every order", async (t) => {
  const random = new SeededRandom(1);
  const count = { right: 0, wrong: 0 };
  for (let round = 0; round < 3000; round++) {
    const history = Array.from({ length: 2 + random.below(5) }, () => drawOperation(random));
    const expected = someOrderFits(history);
    count[expected ? "right" : "wrong"]++;
    if (isLinearizable(itemModel, history) !== expected) t.fail(`not ${String(expected)}: ${JSON.stringify(history)}`);
  }
  t.ok(count.right > 500 && count.wrong > 500, JSON.stringify(count));
});
