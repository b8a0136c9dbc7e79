import { CircleCheck, Info, type LucideIcon, OctagonAlert, TriangleAlert } from "lucide-react";
import { Badge } from "@/components/ui/badge";
import { cn } from "@/components/ui/cn";
import type { Level } from "@/core/broadcast";

/** Each level's word, icon and colour: never the colour alone. */
export const LEVEL_LOOKS: Record<Level, { label: string; icon: LucideIcon; ink: string }> = {
  info: { label: "Info", icon: Info, ink: "text-info" },
  success: { label: "Success", icon: CircleCheck, ink: "text-success" },
  warning: { label: "Warning", icon: TriangleAlert, ink: "text-warning" },
  alert: { label: "Alert", icon: OctagonAlert, ink: "text-alert" },
};

export function LevelIcon({ level, className }: { level: Level; className?: string }) {
  const { icon: Icon, ink, label } = LEVEL_LOOKS[level];
  return <Icon role="img" aria-label={label} className={cn("size-4 shrink-0", ink, className)} />;
}

export function LevelBadge({ level }: { level: Level }) {
  const { icon: Icon, label } = LEVEL_LOOKS[level];
  return (
    <Badge tone={level}>
      <Icon aria-hidden />
      {label}
    </Badge>
  );
}
