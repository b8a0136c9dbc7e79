import type { ExternalToast } from "sonner";

/** Short confirmations; `Toaster` shows them. What draws them is fetched behind the page. */
export const toast = { success: show("success"), error: show("error") };

function show(kind: "success" | "error") {
  return (title: string, options?: ExternalToast): void => {
    void import("sonner").then(({ toast: shown }) => shown[kind](title, options));
  };
}
