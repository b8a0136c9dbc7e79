import { cn } from "@/components/ui/cn";
import { passwordStrength } from "./password-strength";

const TONES = ["bg-line-control", "bg-alert", "bg-warning", "bg-success"] as const;

/** Three bars and a sentence; the sentence alone would do. */
export function PasswordMeter({ password, own }: { password: string; own: readonly string[] }) {
  const { score, hint } = passwordStrength(password, own);
  return (
    <span className="mt-0.5 grid gap-1.5">
      <span aria-hidden className="grid grid-cols-3 gap-1">
        {[1, 2, 3].map((bar) => (
          <span
            key={bar}
            className={cn(
              "h-[3px] rounded-full transition-colors duration-200",
              score >= bar ? TONES[score] : "bg-line",
            )}
          />
        ))}
      </span>
      <span aria-live="polite">{hint}</span>
    </span>
  );
}
