import { Button } from "./button";

/** At the foot of a dialog's form: leave, or do it. */
export function FormButtons({
  label,
  busy,
  onCancel,
}: {
  label: string;
  busy: boolean;
  onCancel: () => void;
}) {
  return (
    <div className="flex justify-end gap-2 pt-1">
      <Button onClick={onCancel}>Cancel</Button>
      <Button type="submit" look="primary" busy={busy}>
        {label}
      </Button>
    </div>
  );
}
