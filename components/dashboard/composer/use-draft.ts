"use client";

import { useCallback, useEffect, useRef, useState } from "react";
import type { UseFormReturn } from "react-hook-form";
import type { BroadcastView } from "@/core/api/broadcasts";
import { sentenceOf } from "../api/api-error";
import { useBroadcastApi } from "../api/use-api";
import { DraftSaver } from "./draft-saver";
import { fetchRules } from "./fetched-rules";
import { type ComposerValues, inputOf } from "./values";

/** A pause in writing this long saves. */
const PAUSE_MS = 1_500;

export type SaveState =
  | { kind: "clean" }
  | { kind: "unsaved" }
  | { kind: "saving" }
  | { kind: "saved"; at: number }
  | { kind: "failed"; message: string };

export interface Draft {
  state: SaveState;
  /** The row as the server has it; null before the first save. */
  saved: BroadcastView | null;
  /** Saves what stands in the form now. @throws ApiError */
  save: () => Promise<BroadcastView>;
}

/**
 * Saves a draft by itself after each pause in writing, as soon as there is something that can be
 * saved. With `auto` false it only notes that something changed.
 */
export function useDraft(
  form: UseFormReturn<ComposerValues>,
  initial: BroadcastView | null,
  auto: boolean,
): Draft {
  const api = useBroadcastApi();
  const [saver] = useState(() => {
    const input = inputOf(form.getValues());
    const made = new DraftSaver(api, initial ? { broadcast: initial, input } : null);
    made.startFrom(input);
    return made;
  });
  const [saved, setSaved] = useState(initial);
  const [state, setState] = useState<SaveState>({ kind: "clean" });
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  const save = useCallback(async () => {
    clearTimeout(timer.current);
    setState({ kind: "saving" });
    try {
      const row = await saver.save(inputOf(form.getValues()));
      setSaved(row);
      setState({ kind: "saved", at: Date.now() });
      return row;
    } catch (error) {
      setState({ kind: "failed", message: sentenceOf(error) });
      throw error;
    }
  }, [form, saver]);

  useEffect(() => {
    const saveIfValid = async () => {
      const { checkComposer } = await fetchRules();
      if (checkComposer(form.getValues()).content !== null) await save();
    };
    const unsubscribe = form.subscribe({
      formState: { values: true },
      callback: ({ values }) => {
        clearTimeout(timer.current);
        if (saver.isSaved(inputOf(values))) return setState({ kind: "clean" });
        setState({ kind: "unsaved" });
        if (!auto) return;
        timer.current = setTimeout(() => void saveIfValid().catch(() => undefined), PAUSE_MS);
      },
    });
    return () => {
      unsubscribe();
      clearTimeout(timer.current);
    };
  }, [form, saver, save, auto]);

  return { state, saved, save };
}
