import { AuthCard } from "@/components/auth/auth-card";
import { Button } from "@/components/ui/button";
import { Link } from "@/components/ui/link";

export default function NotFound() {
  return (
    <main className="grid min-h-dvh justify-items-center bg-surface px-6 pt-[16vh]">
      <AuthCard
        title="There is nothing here"
        description="The address is wrong, or what it led to is gone."
      >
        <Button asChild look="primary" size="lg">
          <Link href="/">Go to the overview</Link>
        </Button>
      </AuthCard>
    </main>
  );
}
