import { SearchX } from "lucide-react";
import { Button } from "@/components/ui/button";
import { Empty } from "@/components/ui/empty";
import { Link } from "@/components/ui/link";

export default function ScreenNotFound() {
  return (
    <Empty
      icon={SearchX}
      title="There is nothing here"
      isPage
      className="pt-32"
      action={
        <Button asChild>
          <Link href="/">Go to the overview</Link>
        </Button>
      }
    >
      The address is wrong, or what it led to is gone.
    </Empty>
  );
}
