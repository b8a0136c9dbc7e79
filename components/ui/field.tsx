import { CircleAlert } from "lucide-react";
import { cloneElement, type ReactElement, type ReactNode, useId } from "react";
import { cn } from "./cn";

interface ControlProps {
  id?: string;
  "aria-describedby"?: string;
  "aria-invalid"?: boolean;
}

export interface FieldProps {
  label: string;
  /** Hides the label from sight, not from assistive technology. */
  labelHidden?: boolean;
  /** Quiet words after the label: "optional". */
  note?: ReactNode;
  /** At the end of the label's line: a counter. */
  aside?: ReactNode;
  hint?: ReactNode;
  error?: string | undefined;
  className?: string;
  /** One control; it gets the id and the descriptions. */
  children: ReactElement<ControlProps>;
}

/** A label, one control, its hint and its error, tied together for assistive technology. */
export function Field({
  label,
  labelHidden = false,
  note,
  aside,
  hint,
  error,
  className,
  children,
}: FieldProps) {
  const made = useId();
  const id = children.props.id ?? made;
  const hintId = hint ? `${id}-hint` : undefined;
  const errorId = error ? `${id}-error` : undefined;
  const describedBy = [children.props["aria-describedby"], hintId, errorId]
    .filter(Boolean)
    .join(" ");
  return (
    <div className={cn("grid content-start gap-1.5", className)}>
      <div className={cn("flex items-center justify-between gap-3", labelHidden && "sr-only")}>
        <span className="flex items-baseline gap-1.5">
          <label htmlFor={id} className="font-medium text-sm">
            {label}
          </label>
          {note ? <span className="text-ink-3 text-xs">{note}</span> : null}
        </span>
        {aside}
      </div>
      {cloneElement(children, {
        id,
        "aria-describedby": describedBy || undefined,
        "aria-invalid": error ? true : undefined,
      })}
      {error ? <FieldError id={errorId}>{error}</FieldError> : null}
      {hint ? (
        <p id={hintId} className="text-ink-3 text-xs">
          {hint}
        </p>
      ) : null}
    </div>
  );
}

export function FieldError({ id, children }: { id?: string; children: ReactNode }) {
  return (
    <p id={id} role="alert" className="flex items-start gap-1.5 text-alert text-xs">
      <CircleAlert aria-hidden className="mt-0.5 size-3 shrink-0" />
      {children}
    </p>
  );
}
