import type { ReactNode } from "react";

export default function AuthLayout({ children }: { children: ReactNode }) {
  return (
    <main className="grid min-h-dvh justify-items-center bg-surface px-6 pt-[12vh] pb-16">
      {children}
    </main>
  );
}
