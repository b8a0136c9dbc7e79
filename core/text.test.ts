import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { countChars, hasForbiddenCharacters, isBlank, normalizeText } from "./text";

describe("normalizeText", () => {
  test.each([
    ["white space around it goes", " \n\u2003hello\u00a0\t", "hello"],
    ["white space inside it stays", "a  b\n\tc", "a  b\n\tc"],
    ["line ends of every system become \\n", "a\r\nb\rc\nd", "a\nb\nc\nd"],
    ["letters are composed", "cafe\u0301", "caf\u00e9"],
    ["controls go", "a\u0000b\u0007c\u007fd\u0085e\u009f", "abcde"],
    ["a control does not keep an accent from its letter", "e\u0000\u0301", "\u00e9"],
    ["white space behind a control goes too", "a \u0001", "a"],
    ["HTML is text", "<b>&amp;</b>", "<b>&amp;</b>"],
    ["bidirectional controls stay", "\u202ba\u202c", "\u202ba\u202c"],
    ["joined emoji stay joined", "👩‍🚒", "👩‍🚒"],
  ])("[BC1] %s", (_, typed, normal) => {
    expect(normalizeText(typed)).toBe(normal);
  });

  test("[BC1] normalizing twice changes nothing", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(normalizeText(normalizeText(text))).toBe(normalizeText(text));
      }),
    );
  });

  test("[SEC6] normal text has no forbidden characters", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(hasForbiddenCharacters(normalizeText(text))).toBe(false);
      }),
    );
  });
});

describe("countChars", () => {
  test.each([
    ["", 0],
    ["   ", 0],
    ["hello", 5],
    [" hello ", 5],
    ["😀😀", 2],
    ["👩‍🚒", 3],
    ["cafe\u0301", 4],
    ["x".repeat(280), 280],
  ])("[BC1] %j has %i characters", (text, count) => {
    expect(countChars(text)).toBe(count);
  });
});

describe("hasForbiddenCharacters", () => {
  test.each([
    ["a NUL", "a\u0000", true],
    ["a bell", "\u0007", true],
    ["a carriage return", "\r", true],
    ["a delete", "\u007f", true],
    ["a C1 control", "\u0085", true],
    ["a lone high surrogate", "a\ud800b", true],
    ["a lone low surrogate", "\udc00", true],
    ["surrogates in the wrong order", "\udc00\ud800", true],
    ["a pair", "\ud83d\ude00", false],
    ["line feed and tab", "a\n\tb", false],
    ["a bidirectional override", "\u202e", false],
    ["nothing", "", false],
  ])("[SEC6] %s", (_, text, forbidden) => {
    expect(hasForbiddenCharacters(text)).toBe(forbidden);
  });
});

describe("isBlank", () => {
  test.each([
    ["", true],
    [" \n\t", true],
    ["\u200b\u2060\ufeff", true],
    ["\u3164\u2800", true],
    ["\u202e", true],
    [".", false],
    ["❤️", false],
    ["\u200bx", false],
  ])("[BC1] %j shows nothing: %s", (text, blank) => {
    expect(isBlank(text)).toBe(blank);
  });
});
