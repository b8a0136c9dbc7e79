import type { ReactNode } from "react";
import { type Control, type FieldValues, useFormState } from "react-hook-form";
import { Button } from "@/components/ui/button";

interface SubmitButtonProps<In extends FieldValues, Context, Out> {
  control: Control<In, Context, Out>;
  /** The form was refused, and may be sent again. */
  hasFailed: boolean;
  children: ReactNode;
}

/** Busy until the form is refused: after one that was not, another page opens. */
export function SubmitButton<In extends FieldValues, Context, Out>({
  control,
  hasFailed,
  children,
}: SubmitButtonProps<In, Context, Out>) {
  const { isSubmitting, isSubmitSuccessful } = useFormState({ control });
  const isBusy = isSubmitting || (isSubmitSuccessful && !hasFailed);
  return (
    <Button type="submit" look="primary" size="lg" busy={isBusy} className="mt-1">
      {children}
    </Button>
  );
}
