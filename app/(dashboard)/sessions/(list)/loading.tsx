import { ListOnItsWay } from "@/components/dashboard/screen-on-its-way";

export default function Loading() {
  return <ListOnItsWay title="Sessions" filtered rows={8} />;
}
