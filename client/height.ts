/**
 * Says how much of the page a bar takes, as `--loudhailer-top` and `--loudhailer-bottom` of the
 * root: for the page's own headers that stick, and for what is as high as the window. By a sheet
 * and not by the root's `style`, which frameworks compare with what they rendered.
 * @param root of a region, with its look and edge
 * @returns stop
 */
export function publishHeight(root: HTMLElement): () => void {
  const sheet = new CSSStyleSheet();
  const observer = new ResizeObserver(() => {
    const { look, placement } = root.dataset;
    const height = look === "bar" ? root.offsetHeight : 0;
    sheet.replaceSync(`:root{--loudhailer-${placement}:${height}px}`);
  });
  observer.observe(root);
  document.adoptedStyleSheets.push(sheet);
  return () => {
    observer.disconnect();
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((other) => other !== sheet);
  };
}
