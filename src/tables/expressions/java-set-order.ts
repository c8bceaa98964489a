/**
 * The order in which the service lists several keys in one message: that of a java.util.HashSet of strings.
 *
 * Observable in "Value provided in ExpressionAttributeNames unused in expressions: keys: {#b, #a}". Keys of one bucket keep the
 * order in which they came.
 */

/** java.lang.String#hashCode. */
function javaHash(text: string): number {
  let hash = 0;
  for (let at = 0; at < text.length; at++) hash = (Math.imul(31, hash) + text.charCodeAt(at)) | 0;
  return hash;
}

/** The keys as a set that was made for `setSize` elements lists them. */
export function javaSetOrder(keys: readonly string[], setSize: number): string[] {
  // What `new HashSet<>(collection)` asks for, and the power of two that it gets.
  const wanted = Math.max(Math.floor(setSize / 0.75) + 1, 16);
  let buckets = 16;
  while (buckets < wanted) buckets *= 2;
  const bucketOf = (key: string): number => {
    const hash = javaHash(key);
    return (hash ^ (hash >>> 16)) & (buckets - 1);
  };
  return keys
    .map((key, index) => ({ key, index, bucket: bucketOf(key) }))
    .sort((left, right) => left.bucket - right.bucket || left.index - right.index)
    .map(({ key }) => key);
}
