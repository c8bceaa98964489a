/** Every way to break some bytes a little: each byte changed by one bit or wholly, and every cut. */
export function* corruptions(bytes: Uint8Array): Generator<Uint8Array> {
  for (let i = 0; i < bytes.length; i++) {
    for (const change of [1, 2, 4, 8, 16, 32, 64, 128, 255]) {
      const broken = bytes.slice();
      broken[i] = broken[i]! ^ change;
      yield broken;
    }
    yield bytes.slice(0, i);
  }
}
