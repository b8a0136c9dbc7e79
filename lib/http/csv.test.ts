import { expect, test } from "vitest";
import { csvResponse } from "./csv";

test("[ACK4] a table is written page by page, and no cell becomes a formula or a column", async () => {
  async function* pages() {
    yield [{ name: "ada", at: null }];
    yield [
      { name: "=1+1", at: "2026-11-21T12:00:00.000Z" },
      { name: 'a,"b"\n', at: "-1" },
      { name: "a;=1+1", at: "\uff1d1+1" },
    ];
  }
  const response = csvResponse('of "one".csv', ["name", "at"], pages());
  expect(response.headers.get("content-disposition")).toBe('attachment; filename="of__one_.csv"');
  expect(await response.text()).toBe(
    `name,at\r\nada,\r\n'=1+1,2026-11-21T12:00:00.000Z\r\n"a,""b""\n",'-1\r\n"a;=1+1",'\uff1d1+1\r\n`,
  );
});

test("[ACK4] no page is read before somebody wants it, and none after they left", async () => {
  const read: number[] = [];
  let ended = false;
  async function* pages() {
    try {
      for (let page = 0; ; page += 1) {
        read.push(page);
        yield [{ name: `user ${page}` }];
      }
    } finally {
      ended = true;
    }
  }
  const reader = csvResponse("all.csv", ["name"], pages()).body?.getReader();
  await reader?.read();
  await reader?.read();
  await new Promise(setImmediate);
  // One may be ready before it is asked for.
  expect(read.length).toBeLessThanOrEqual(2);
  await reader?.cancel();
  expect(ended).toBe(true);
});
