"use client";

import { Plus } from "lucide-react";
import { Button } from "@/components/ui/button";
import { Kbd } from "@/components/ui/kbd";
import { Link } from "@/components/ui/link";
import { useCan } from "./context";

export function NewBroadcastButton() {
  if (!useCan("draft")) return null;
  return (
    <Button asChild look="primary">
      <Link href="/broadcasts/new" aria-keyshortcuts="N">
        <Plus aria-hidden />
        New broadcast
        <Kbd>N</Kbd>
      </Link>
    </Button>
  );
}
