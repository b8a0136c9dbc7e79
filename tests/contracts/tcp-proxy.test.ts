import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startTcpProxy, type TcpProxy } from "../support/tcp-proxy";

let echo: Server;
let proxy: TcpProxy;
const sockets: Socket[] = [];

beforeEach(async () => {
  echo = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.pipe(socket);
  }).listen(0, "127.0.0.1");
  await once(echo, "listening");
  const address = echo.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  proxy = await startTcpProxy({ port: address.port });
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await proxy.close();
  echo.close();
});

async function open(): Promise<Socket> {
  const socket = connect(proxy.port, "127.0.0.1");
  sockets.push(socket);
  await once(socket, "connect");
  return socket;
}

async function roundTrip(socket: Socket, text: string): Promise<string> {
  const answer = once(socket, "data");
  socket.write(text);
  return String((await answer)[0]);
}

describe("the proxy that tests put in front of a server", () => {
  test("carries bytes, and shows what each client began with", async () => {
    const [a, b] = [await open(), await open()];
    expect(await roundTrip(a, "first")).toBe("first");
    expect(await roundTrip(b, "second")).toBe("second");
    expect(proxy.links.map((link) => link.heard)).toEqual(["first", "second"]);
  });

  test("cuts every connection; new ones work", async () => {
    const socket = await open();
    await roundTrip(socket, "x");
    const closed = once(socket, "close");
    proxy.cut();
    await closed;
    expect(await roundTrip(await open(), "again")).toBe("again");
  });

  test("hangs without a word, and carries on with what it held up", async () => {
    const socket = await open();
    await roundTrip(socket, "x");
    proxy.hang();
    const answer = once(socket, "data");
    socket.write("held");
    const late = await open();
    late.write("held too");
    await proxy.resume();
    expect(String((await answer)[0])).toBe("held");
    expect(String((await once(late, "data"))[0])).toBe("held too");
  });

  test("hangs one connection alone", async () => {
    const [a, b] = [await open(), await open()];
    await roundTrip(a, "a");
    await roundTrip(b, "b");
    proxy.links.find((link) => link.heard === "a")?.hang();
    const heard: string[] = [];
    a.on("data", (chunk) => heard.push(String(chunk)));
    a.write("held");
    expect(await roundTrip(b, "carried")).toBe("carried");
    expect(heard).toEqual([]);
  });

  test("refuses new connections until it resumes; open ones stay", async () => {
    const socket = await open();
    await proxy.refuse();
    const refused = connect(proxy.port, "127.0.0.1");
    expect((await once(refused, "error"))[0]).toMatchObject({ code: "ECONNREFUSED" });
    expect(await roundTrip(socket, "still")).toBe("still");
    await proxy.resume();
    expect(await roundTrip(await open(), "again")).toBe("again");
  });

  test("delays both directions and keeps the order", async () => {
    const socket = await open();
    proxy.delay(50);
    const startedAt = performance.now();
    let heard = "";
    socket.on("data", (chunk) => {
      heard += chunk;
    });
    for (const letter of "abc") socket.write(letter);
    await expect.poll(() => heard).toBe("abc");
    expect(performance.now() - startedAt).toBeGreaterThan(95);
  });
});
