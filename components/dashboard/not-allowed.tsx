import { Lock } from "lucide-react";
import { Empty } from "@/components/ui/empty";

/** In the place of a screen that the visitor's role may not open. */
export function NotAllowed({ what }: { what: string }) {
  return (
    <Empty icon={Lock} title="Your role does not reach this far" isPage className="pt-32">
      {`You may not ${what}. An admin of this workspace can give you another role.`}
    </Empty>
  );
}
