"use client";

import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Kbd } from "@/components/ui/kbd";

export interface PublishDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  /** What the button says: `Publish to 1,204 people`. */
  label: string;
  /** Who will see it, in a sentence. */
  sentence: string;
  /** It takes the place of these. */
  replaces: boolean;
  busy: boolean;
  onConfirm: () => void;
}

export function PublishDialog({
  open,
  onOpenChange,
  label,
  sentence,
  replaces,
  busy,
  onConfirm,
}: PublishDialogProps) {
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title={`${label}?`}
      description={
        <>
          <p>{sentence}</p>
          {replaces ? <p className="mt-2">It takes the place of everything that is live.</p> : null}
        </>
      }
      footer={
        <>
          <Button onClick={() => onOpenChange(false)}>Cancel</Button>
          <Button look="primary" autoFocus busy={busy} onClick={onConfirm}>
            {label}
            <Kbd>↵</Kbd>
          </Button>
        </>
      }
    />
  );
}
