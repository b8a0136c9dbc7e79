import { CircleAlert } from "lucide-react";

/** What went wrong with the form as a whole; announced when it appears. */
export function FormError({ children }: { children: string | null | undefined }) {
  return (
    <div role="alert" className="empty:absolute">
      {children ? (
        <p className="flex items-start gap-2 rounded-sm border border-alert-line bg-alert-soft px-3 py-2 text-alert text-sm">
          <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
          {children}
        </p>
      ) : null}
    </div>
  );
}
