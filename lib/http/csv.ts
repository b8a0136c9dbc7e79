/**
 * Rows as a file to download (RFC 4180), written as they are read: its size is not known, and is
 * never held in memory.
 * @param pages rows by column, page by page
 */
export function csvResponse<Column extends string>(
  fileName: string,
  columns: readonly Column[],
  pages: AsyncIterator<Record<Column, string | null>[]>,
): Response {
  const encoder = new TextEncoder();
  const line = (cells: readonly string[]) => `${cells.join(",")}\r\n`;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(encoder.encode(line(columns)));
    },
    async pull(controller) {
      const { value: rows, done } = await pages.next();
      if (done) return controller.close();
      const text = rows.map((row) => line(columns.map((column) => cell(row[column]))));
      controller.enqueue(encoder.encode(text.join("")));
    },
    async cancel() {
      await pages.return?.();
    },
  });
  return new Response(body, {
    headers: {
      "content-type": "text/csv; charset=utf-8",
      "content-disposition": `attachment; filename="${fileName.replace(/[^\w.-]/g, "_")}"`,
    },
  });
}

/** Spreadsheets run what begins like a formula, in wide letters too; an apostrophe makes it text. */
const FORMULA = /^[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/;
/** Also what separates cells in other countries: behind it, too, a formula would begin. */
const NEEDS_QUOTES = /[",;\t\r\n]/;

function cell(value: string | null): string {
  if (value === null) return "";
  const text = FORMULA.test(value) ? `'${value}` : value;
  return NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
