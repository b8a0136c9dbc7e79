import { Megaphone } from "lucide-react";
import { cn } from "@/components/ui/cn";

/** The product's mark: a megaphone in a rounded square. */
export function Mark({ className }: { className?: string }) {
  return (
    <span
      aria-hidden
      className={cn(
        "grid size-7 shrink-0 place-items-center rounded-[7px] bg-primary text-on-primary",
        "[&_svg]:size-[60%]",
        className,
      )}
    >
      <Megaphone strokeWidth={2.25} />
    </span>
  );
}
