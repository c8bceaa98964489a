import t from "tap";
import { ItemLocks } from "../../src/tables/item-locks.js";

t.test("a free lock is taken without a promise, a held one in order", async (t) => {
  const locks = new ItemLocks();
  t.equal(locks.acquire("a"), undefined);
  t.equal(locks.acquire("b"), undefined, "another key is another lock");
  const order: number[] = [];
  const waiting = [1, 2, 3].map(async (n) => {
    await locks.acquire("a");
    order.push(n);
    await Promise.resolve();
    locks.release("a");
  });
  t.same(order, []);
  locks.release("a");
  await Promise.all(waiting);
  t.same(order, [1, 2, 3]);
  locks.release("b");
  t.equal(locks.size, 0);
});

t.test("several locks at once are taken without deadlock, each once", async (t) => {
  const locks = new ItemLocks();
  let inside = 0;
  const work = Array.from({ length: 30 }, async (_, n) => {
    const names = n % 2 === 0 ? ["a", "b", "c", "a"] : ["c", "b"];
    const held = await locks.acquireAll(names);
    t.equal(held.length, new Set(names).size);
    t.equal(++inside, 1, "nobody else has b");
    await Promise.resolve();
    inside--;
    locks.releaseAll(held);
  });
  await Promise.all(work);
  t.equal(locks.size, 0);
});

t.test("what fails gives its lock back", async (t) => {
  const locks = new ItemLocks();
  await t.rejects(
    locks.with("a", () => Promise.reject(new TypeError("no"))),
    TypeError,
  );
  t.equal(locks.size, 0);
  t.throws(() => locks.release("a"), { code: "INVARIANT" });
});
