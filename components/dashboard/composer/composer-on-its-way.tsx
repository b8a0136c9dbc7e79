import { Skeleton } from "@/components/ui/skeleton";
import { PreviewOnItsWay } from "./preview-on-its-way";

/** In the composer's shape: fields on the left, the preview on the right. */
export function ComposerOnItsWay() {
  return (
    <div className="flex flex-col gap-6 pb-24 lg:grid lg:grid-cols-[minmax(0,1fr)_minmax(0,1.1fr)] lg:gap-12">
      <div className="order-2 grid content-start gap-6 lg:order-1">
        <FieldOnItsWay className="h-9" />
        <FieldOnItsWay className="h-9" />
        <FieldOnItsWay className="h-20" />
        {SECTIONS.map((section) => (
          <Skeleton key={section} className="h-5 w-full" />
        ))}
      </div>
      <div className="order-1 max-lg:contents lg:order-2">
        <PreviewOnItsWay />
      </div>
    </div>
  );
}

const SECTIONS = ["behaviour", "audience", "pages", "times", "languages"];

function FieldOnItsWay({ className }: { className: string }) {
  return (
    <div className="grid gap-2">
      <Skeleton className="h-3.5 w-20" />
      <Skeleton className={className} />
    </div>
  );
}
