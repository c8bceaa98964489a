import t from "tap";
import { errnoName, fromSystemError } from "../../src/io/io-error.js";

t.test("a quota that was used up was an unknown error, E122, and failed the zones", async (t) => {
  t.equal(errnoName(122), "EDQUOT");
  const unknown = Object.assign(new Error("Unknown system error -122: write"), {
    code: "Unknown system error -122",
    errno: -122,
  });
  t.match(fromSystemError(unknown, "open", "/a"), { code: "NO_SPACE", errno: "EDQUOT", message: /raise the quota/ });
});

t.test("errors are named by number or code", async (t) => {
  for (const [number, name] of [
    [5, "EIO"],
    [11, "EAGAIN"],
    [28, "ENOSPC"],
    [30, "EROFS"],
    [24, "EMFILE"],
    [1500, "E1500"],
  ] as const)
    t.equal(errnoName(number), name);
  const known = Object.assign(new Error("no"), { code: "ENOENT", errno: -2 });
  t.match(fromSystemError(known, "open", "/a"), { code: "IO_ERROR", errno: "ENOENT" });
  t.match(fromSystemError(Object.assign(new Error("no"), { code: "ENOENT" }), "open", "/a"), { errno: "ENOENT" });
  t.match(fromSystemError(new Error("no"), "open", "/a"), { errno: "EIO" });
});
