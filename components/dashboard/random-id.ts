/** A random UUID, also on pages that were not opened over https (`crypto.randomUUID` is not there). */
export function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [8, 12, 16, 20]
    .reduceRight((text, at) => `${text.slice(0, at)}-${text.slice(at)}`, hex)
    .toLowerCase();
}
