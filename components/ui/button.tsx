import { cva, type VariantProps } from "class-variance-authority";
import { Slot } from "radix-ui";
import type { ComponentProps } from "react";
import { cn } from "./cn";
import { Spinner } from "./spinner";

export const buttonStyle = cva(
  [
    "inline-flex shrink-0 select-none items-center justify-center gap-1.5 whitespace-nowrap rounded-sm",
    "font-medium transition-[background-color,border-color,color,opacity] duration-150",
    "disabled:pointer-events-none disabled:opacity-50 aria-disabled:opacity-50",
    "[&_svg]:size-4 [&_svg]:shrink-0",
  ],
  {
    variants: {
      look: {
        primary: "bg-primary text-on-primary hover:bg-primary-hover",
        secondary:
          "border border-line-control bg-surface text-ink hover:bg-hover data-[state=open]:bg-hover",
        quiet: "text-ink-2 hover:bg-hover hover:text-ink data-[state=open]:bg-hover",
        danger: "bg-danger text-on-danger hover:bg-danger-hover",
      },
      size: {
        sm: "h-7 px-2.5 text-xs touch",
        md: "h-8 px-3 text-sm touch",
        lg: "h-10 px-4 text-base touch",
        icon: "size-8 text-sm pointer-coarse:size-11",
        "icon-sm": "size-7 text-xs pointer-coarse:size-11",
      },
    },
    defaultVariants: { look: "secondary", size: "md" },
  },
);

export interface ButtonProps extends ComponentProps<"button">, VariantProps<typeof buttonStyle> {
  /** Renders the only child (a link, say) with the button's looks. */
  asChild?: boolean;
  /** Shows a spinner and takes no clicks; the width stays. */
  busy?: boolean;
}

export function Button({
  look,
  size,
  asChild = false,
  busy = false,
  className,
  children,
  type = "button",
  disabled,
  ...rest
}: ButtonProps) {
  const style = cn(buttonStyle({ look, size }), className);
  if (asChild) {
    return (
      <Slot.Root className={style} {...rest}>
        {children}
      </Slot.Root>
    );
  }
  return (
    <button
      type={type}
      className={cn(style, busy && "relative")}
      disabled={disabled || busy}
      aria-busy={busy || undefined}
      {...rest}
    >
      {busy ? (
        <>
          <span className="absolute inset-0 grid place-items-center">
            <Spinner />
          </span>
          <span className="inline-flex items-center gap-1.5 opacity-0">{children}</span>
        </>
      ) : (
        children
      )}
    </button>
  );
}
