import { ComposerOnItsWay } from "@/components/dashboard/composer/composer-on-its-way";
import { ScreenOnItsWay } from "@/components/dashboard/screen-on-its-way";

export default function Loading() {
  return (
    <ScreenOnItsWay title="New broadcast" back={{ href: "/broadcasts", label: "Broadcasts" }}>
      <ComposerOnItsWay />
    </ScreenOnItsWay>
  );
}
