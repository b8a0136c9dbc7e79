"use client";

import { X } from "lucide-react";
import { type ClipboardEvent, type KeyboardEvent, useRef, useState } from "react";
import { cn } from "./cn";
import { controlStyle } from "./input";

export interface TokenInputProps {
  id?: string;
  value: readonly string[];
  onChange: (value: string[]) => void;
  /** Names the field where no label does. */
  "aria-label"?: string;
  "aria-describedby"?: string;
  "aria-invalid"?: boolean;
  placeholder?: string;
}

/** Several short texts: Enter or a comma ends one, Backspace takes the last away. */
export function TokenInput({ value, onChange, placeholder, ...rest }: TokenInputProps) {
  const [text, setText] = useState("");
  const input = useRef<HTMLInputElement>(null);

  const add = (written: string) => {
    const fresh = written
      .split(/[,\n]/)
      .map((token) => token.trim())
      .filter(Boolean);
    setText("");
    if (fresh.length > 0) onChange([...new Set([...value, ...fresh])]);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.nativeEvent.isComposing) return;
    if ((event.key === "Enter" || event.key === ",") && text.trim()) {
      event.preventDefault();
      add(text);
    } else if (event.key === "Enter" && !event.metaKey && !event.ctrlKey) {
      event.preventDefault();
    } else if (event.key === "Backspace" && text === "" && value.length > 0) {
      onChange(value.slice(0, -1));
    }
  };
  const onPaste = (event: ClipboardEvent<HTMLInputElement>) => {
    const pasted = event.clipboardData.getData("text");
    if (!/[,\n]/.test(pasted)) return;
    event.preventDefault();
    add(text + pasted);
  };

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: a click beside the tokens means the input
    // biome-ignore lint/a11y/useKeyWithClickEvents: the input itself takes the keyboard
    <div
      onClick={() => input.current?.focus()}
      className={cn(
        controlStyle,
        "flex min-h-9 cursor-text flex-wrap items-center gap-1 px-1.5 py-1",
        "focus-within:border-focus focus-within:ring-3 focus-within:ring-focus/25",
        rest["aria-invalid"] && "border-danger",
      )}
    >
      {value.map((token) => (
        <span
          key={token}
          className="inline-flex max-w-full items-center gap-0.5 rounded-xs bg-sunken py-0.5 pl-1.5 text-sm"
        >
          <span className="truncate">{token}</span>
          <button
            type="button"
            aria-label={`Remove ${token}`}
            onClick={() => onChange(value.filter((other) => other !== token))}
            className="grid size-6 shrink-0 place-items-center rounded-xs text-ink-3 hover:text-ink"
          >
            <X aria-hidden className="size-3.5" />
          </button>
        </span>
      ))}
      <input
        ref={input}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKeyDown}
        onPaste={onPaste}
        onBlur={() => add(text)}
        placeholder={value.length === 0 ? placeholder : undefined}
        className="h-6 min-w-24 flex-1 bg-transparent px-1 text-base outline-none"
        {...rest}
      />
    </div>
  );
}
