import { ListOnItsWay } from "@/components/dashboard/screen-on-its-way";

export default function Loading() {
  return <ListOnItsWay title="API keys" rows={3} />;
}
