import { cn } from "@/components/ui/cn";
import { formatCount } from "./format";

const DIGITS = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

/** A count whose digits roll when it changes; still under reduced motion. */
export function RollingNumber({ value, className }: { value: number; className?: string }) {
  const text = formatCount(value);
  return (
    <span className={cn("nums inline-block", className)}>
      <span className="sr-only">{text}</span>
      <span aria-hidden className="inline-flex h-[1lh] items-start overflow-hidden">
        {places(text).map(({ place, character }) => (
          <Place key={place} character={character} />
        ))}
      </span>
    </span>
  );
}

/** Places are counted from the end: a digit keeps its own when the count grows. */
function places(text: string): { place: number; character: string }[] {
  return Array.from(text, (character, index) => ({ place: text.length - index, character }));
}

function Place({ character }: { character: string }) {
  const digit = DIGITS.indexOf(character);
  if (digit < 0) return <span>{character}</span>;
  return (
    <span
      className="flex flex-col transition-transform duration-200 ease-out"
      style={{ transform: `translateY(${-digit * 10}%)` }}
    >
      {DIGITS.map((each) => (
        <span key={each}>{each}</span>
      ))}
    </span>
  );
}
