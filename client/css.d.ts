declare module "*.css" {
  /** The sheet's text, where the bundler gives it (esbuild's `text` loader). */
  const text: string;
  export default text;
}
