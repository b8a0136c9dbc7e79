import type { ExternalToast } from "sonner";

/** Long enough to read: an error says what to do. */
const SHOWN_MS = { success: 5_000, error: 10_000 } as const;

/** Short confirmations; `Toaster` shows them. What draws them is fetched behind the page. */
export const toast = { success: show("success"), error: show("error") };

function show(kind: "success" | "error") {
  return (title: string, options?: ExternalToast): void => {
    void import("sonner").then(({ toast: shown }) =>
      shown[kind](title, { duration: SHOWN_MS[kind], ...options }),
    );
  };
}
