/** A file isn't what it looked like, or is too large to be read as that: it is compared as something plainer, and says why. */
export class NotReadableSo extends Error {
  override readonly name = 'NotReadableSo';
}
