import t from "tap";
import { SimulatedWorld } from "../../../src/io/simulated/index.js";
import { contract } from "../contract.js";

for (const directSupported of [true, false]) {
  t.test(directSupported ? "simulated disk" : "simulated tmpfs", async (t) => {
    let seed = 1;
    contract(t, async () => {
      const world = new SimulatedWorld({ seed: seed++, directSupported });
      world.disk.makeDirectory("/store");
      return {
        io: world.io,
        directory: "/store",
        direct: directSupported,
        drive: (promise) => world.run(promise),
        dispose: async () => undefined,
      };
    });
  });
}
