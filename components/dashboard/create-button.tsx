"use client";

import type { LucideIcon } from "lucide-react";
import { type ComponentType, useState } from "react";
import { Button } from "@/components/ui/button";
import { CopyBlock } from "@/components/ui/copy";
import { Dialog } from "@/components/ui/dialog";
import { Skeleton } from "@/components/ui/skeleton";

export interface CreateFormProps {
  /** @param text what is shown once, to copy */
  onMade: (text: string) => void;
  onCancel: () => void;
}

export interface CreateButtonProps {
  icon: LucideIcon;
  label: string;
  title: string;
  description: string;
  Form: ComponentType<CreateFormProps>;
  /** Once it is made: what to do with the text, and what the button that closes says. */
  made: { title: string; description: string; label: string; done: string };
}

/**
 * Makes something that is shown once, to copy. It must stand where creating one does not take it
 * away: not in the place of an empty list.
 */
export function CreateButton({ icon: Icon, label, Form, made, ...asked }: CreateButtonProps) {
  const [open, setOpen] = useState(false);
  const [text, setText] = useState<string | null>(null);
  const close = (next: boolean) => {
    setOpen(next);
    if (!next) setText(null);
  };
  const { title, description } = text === null ? asked : made;
  return (
    <>
      <Button look="primary" onClick={() => setOpen(true)}>
        <Icon aria-hidden />
        {label}
      </Button>
      <Dialog
        open={open}
        onOpenChange={close}
        title={title}
        description={description}
        footer={
          text === null ? null : (
            <Button look="primary" onClick={() => close(false)}>
              {made.done}
            </Button>
          )
        }
        className="max-w-lg"
      >
        {text === null ? (
          <Form onMade={setText} onCancel={() => close(false)} />
        ) : (
          <CopyBlock text={text} label={made.label} />
        )}
      </Dialog>
    </>
  );
}

/** While the form's code is fetched. */
export function CreateFormOnItsWay() {
  return (
    <div className="grid gap-4">
      <Skeleton className="h-15" />
      <Skeleton className="h-20" />
      <Skeleton className="ml-auto h-8 w-44" />
    </div>
  );
}
