import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { MemoryMessageBroker } from "@/lib/adapters/memory/memory-message-broker";
import type { MessageBroker } from "@/lib/ports/message-broker";
import { startRedis, type TestRedis } from "../support/redis";
import { freshPrefix, openBroker, openConnection } from "../support/redis-parts";

/** Two workers' views of one broker. Of the one in memory there is only one worker. */
interface Pair {
  here: MessageBroker;
  there: MessageBroker;
  close(): Promise<void>;
}

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.close());

async function inMemory(): Promise<Pair> {
  const broker = new MemoryMessageBroker();
  return { here: broker, there: broker, close: () => broker.close() };
}

async function overRedis(): Promise<Pair> {
  const prefix = freshPrefix();
  const connections = [
    await openConnection(redis.url, prefix),
    await openConnection(redis.url, prefix),
  ] as const;
  const here = await openBroker(connections[0]);
  const there = await openBroker(connections[1]);
  const close = async () => {
    for (const part of [here, there, ...connections]) await part.close();
  };
  return { here, there, close };
}

/** Messages in the order of their arrival, and a promise of the one that is waited for. */
async function listen(broker: MessageBroker, channel: string) {
  const messages: unknown[] = [];
  let notify: () => void = () => undefined;
  const unsubscribe = await broker.subscribe(channel, (message) => {
    messages.push(message);
    notify();
  });
  const until = async (last: unknown) => {
    while (messages.at(-1) !== last) {
      await new Promise<void>((resolve) => {
        notify = resolve;
      });
    }
  };
  return { messages, until, unsubscribe };
}

describe.each([
  ["in memory", inMemory],
  ["over Redis", overRedis],
])("message broker %s", (_name, open) => {
  let pair: Pair;
  beforeEach(async () => {
    pair = await open();
  });
  afterEach(() => pair.close());

  test("[PUB2] a message reaches every subscriber, the publishing worker's included", async () => {
    const heard = await Promise.all([
      listen(pair.here, "a"),
      listen(pair.here, "a"),
      listen(pair.there, "a"),
    ]);
    await pair.here.publish("a", "hello");
    for (const { until, messages } of heard) {
      await until("hello");
      expect(messages).toEqual(["hello"]);
    }
  });

  test("messages of one publisher on one channel arrive in order", async () => {
    const { messages, until } = await listen(pair.there, "a");
    const sent = Array.from({ length: 500 }, (_, index) => index);
    await Promise.all(sent.map((index) => pair.here.publish("a", index)));
    await until(499);
    expect(messages).toEqual(sent);
  });

  test("a channel carries nothing of another", async () => {
    const a = await listen(pair.there, "a");
    const b = await listen(pair.there, "ab");
    await pair.here.publish("a", 1);
    await pair.here.publish("ab", 2);
    await pair.here.publish("a", "last");
    await pair.here.publish("ab", "last");
    await a.until("last");
    await b.until("last");
    expect(a.messages).toEqual([1, "last"]);
    expect(b.messages).toEqual([2, "last"]);
  });

  test("no subscriber shares an object with the publisher or with another", async () => {
    const received: { list: number[] }[] = [];
    const take = (message: unknown) => {
      const copy = message as { list: number[] };
      copy.list.push(copy.list.length);
      received.push(copy);
    };
    await pair.here.subscribe("a", take);
    await pair.here.subscribe("a", take);
    const { until } = await listen(pair.here, "end");
    const message = { list: [0] };
    await pair.here.publish("a", message);
    await pair.here.publish("end", "last");
    await until("last");
    expect(received).toEqual([{ list: [0, 1] }, { list: [0, 1] }]);
    expect(message).toEqual({ list: [0] });
  });

  test("publishing returns before a subscriber has run", async () => {
    const order: string[] = [];
    await pair.here.subscribe("a", () => order.push("delivered"));
    const { until } = await listen(pair.here, "a");
    const published = pair.here.publish("a", "x");
    order.push("published");
    await published;
    await until("x");
    expect(order).toEqual(["published", "delivered"]);
  });

  test("after its end a subscription hears nothing, and the others still do", async () => {
    const ended = await listen(pair.there, "a");
    const other = await listen(pair.there, "a");
    await pair.here.publish("a", 1);
    await ended.until(1);
    await ended.unsubscribe();
    await ended.unsubscribe();
    await pair.here.publish("a", 2);
    await other.until(2);
    expect(ended.messages).toEqual([1]);
  });

  test("a channel can be subscribed to again after its last subscription ended", async () => {
    const first = await listen(pair.there, "a");
    await first.unsubscribe();
    const second = await listen(pair.there, "a");
    await pair.here.publish("a", "again");
    await second.until("again");
    expect(first.messages).toEqual([]);
  });

  test("a handler that throws keeps no other from its message", async () => {
    process.once("warning", () => undefined);
    await pair.here.subscribe("a", () => {
      throw new Error("of a handler");
    });
    const { until, messages } = await listen(pair.here, "a");
    await pair.here.publish("a", "x");
    await until("x");
    expect(messages).toEqual(["x"]);
  });

  test("what is not JSON is refused", async () => {
    await expect(pair.here.publish("a", undefined)).rejects.toMatchObject({ code: "invalid" });
  });

  test("[DEG4] a probe goes through the broker and back", async () => {
    expect(pair.here.healthy).toBe(true);
    expect(await pair.here.probe(1_000)).toBe(true);
  });

  test("closing may be done twice; then nothing is published any more", async () => {
    await pair.here.close();
    await pair.here.close();
    expect(pair.here.healthy).toBe(false);
    await expect(pair.here.publish("a", 1)).rejects.toMatchObject({ code: "unavailable" });
    expect(await pair.here.probe(100)).toBe(false);
  });
});
