import { ComposerOnItsWay } from "@/components/dashboard/composer/composer-on-its-way";
import { HeadingOnItsWay, ScreenOnItsWay } from "@/components/dashboard/screen-on-its-way";

export default function Loading() {
  return (
    <ScreenOnItsWay
      title={<HeadingOnItsWay kind="Broadcast" />}
      back={{ href: "/broadcasts", label: "Broadcasts" }}
    >
      <ComposerOnItsWay />
    </ScreenOnItsWay>
  );
}
