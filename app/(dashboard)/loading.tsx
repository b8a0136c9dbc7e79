import { Skeleton, SkeletonRows } from "@/components/ui/skeleton";

/** The shape of a screen while its data is read; it comes late enough not to flash. */
export default function ScreenLoading() {
  return (
    <div className="mx-auto w-full max-w-[1200px] animate-late px-4 pt-5 md:px-8 md:pt-7">
      <Skeleton className="h-6 w-40" />
      <Skeleton className="mt-2 h-4 w-full max-w-96" />
      <div className="mt-6 rounded-md border border-line">
        <SkeletonRows rows={6} label="Contents" />
      </div>
    </div>
  );
}
