import { Skeleton } from "@/components/ui/skeleton";

/** In the preview's shape: choices, page, sentence. */
export function PreviewOnItsWay() {
  return (
    <section aria-label="Preview" className="grid gap-3 max-lg:contents">
      <Skeleton className="order-1 h-8 w-64 max-w-full" />
      <Skeleton className="order-1 h-46.5 rounded-lg lg:h-90.5" />
      <Skeleton className="order-1 h-5 w-4/5" />
    </section>
  );
}
