"use client";
import {
  type CSSProperties,
  type ReactNode,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
} from "react";
import { ANNOUNCED_MS, announcementOf } from "@/client/announcement";
import { moveFocusOn } from "@/client/focus";
import { publishHeight } from "@/client/height";
import { levelOf } from "@/client/icons";
import { DEFAULT_LABELS, type Labels } from "@/client/labels";
import type { Look, Theme } from "@/client/look";
import { PLACEMENTS, type Placement } from "@/core/broadcast";
import { BannerInside } from "./banner-view";
import { Root } from "./parts";
import { useBannerClient } from "./provider";
import { useBanners } from "./use-banners";
import { useItems } from "./use-items";

export interface BroadcastBannerProps {
  /** Default `bar`. */
  look?: Look;
  /** Only broadcasts for these places. Default: all. At the bottom if that comes first. */
  placement?: Placement | readonly Placement[];
  /** Default `auto`: the system's, or that of an ancestor with `data-theme`. */
  theme?: Theme;
  /** Seconds, 60 to 2,592,000: a button that hides a banner for so long ([ACK5]). Default: none. */
  snooze?: number;
  labels?: Partial<Labels>;
  className?: string;
  /** For `--lh-…` variables. */
  style?: CSSProperties;
}

const useBeforePaint = typeof document === "undefined" ? useEffect : useLayoutEffect;

/** What this page should show now: as many banners as the workspace allows, and "N more". */
export function BroadcastBanner(props: BroadcastBannerProps): ReactNode {
  const { look = "bar", placement, theme, snooze, className, style } = props;
  const labels = { ...DEFAULT_LABELS, ...props.labels };
  const { banners, stackSize, fresh } = useBanners();
  const [expanded, setExpanded] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const region = useRef<HTMLDivElement>(null);

  const places = placement ? [placement].flat() : PLACEMENTS;
  const mine = banners.filter((banner) => places.includes(banner.placement));
  const shown = expanded ? mine : mine.slice(0, stackSize);
  const waiting = mine.length - stackSize;
  const items = useItems(shown);

  useBeforePaint(() => {
    if (region.current) moveFocusOn(region.current);
  }, [items]);

  useBeforePaint(() => (root.current ? publishHeight(root.current) : undefined), []);

  const isBottom = places[0] === "bottom";
  const label = isBottom ? labels.bottom : labels.region;
  const last = shown.at(-1);
  const more = waiting > 0 && (
    <button
      type="button"
      className="lh-more"
      aria-expanded={expanded}
      onClick={() => setExpanded(!expanded)}
    >
      {expanded ? labels.less : labels.more.replace("{n}", String(waiting))}
    </button>
  );
  return (
    <div
      ref={root}
      className={className ? `lh-root ${className}` : "lh-root"}
      data-look={look}
      data-placement={isBottom ? "bottom" : "top"}
      data-theme={theme === "auto" ? undefined : theme}
      style={style}
    >
      <LiveRegions places={places.join()} labels={labels} />
      <div
        ref={region}
        className="lh-region"
        // Without banners it is no landmark, only a place for the focus to rest.
        {...(shown.length > 0 && { role: "region", "aria-label": label })}
        tabIndex={-1}
      >
        {items.map(({ broadcast, leaving }) => (
          <Slot key={broadcast.id} enters={fresh.includes(broadcast.id)} leaves={leaving}>
            <Root broadcast={broadcast} labels={labels}>
              <BannerInside snooze={snooze} more={broadcast === last && more} />
            </Root>
          </Slot>
        ))}
      </div>
    </div>
  );
}

/** What grows and shrinks around a banner. */
function Slot(props: { enters: boolean; leaves: boolean; children: ReactNode }): ReactNode {
  // Only how it began counts: taken away too soon, the attribute would cut the animation off.
  const [entered] = useState(props.enters);
  return (
    <div
      className="lh-item"
      data-enter={entered ? "" : undefined}
      aria-hidden={props.leaves || undefined}
    >
      <div className="lh-clip">{props.children}</div>
    </div>
  );
}

/** In the page before any text is, or screen readers would not notice it. */
function LiveRegions({ places, labels }: { places: string; labels: Labels }): ReactNode {
  const client = useBannerClient();
  const [said, setSaid] = useState({ text: "", urgent: false });
  const words = useRef(labels);
  useBeforePaint(() => {
    words.current = labels;
  });

  useEffect(
    () =>
      client?.on("shown", ({ broadcast }) => {
        if (!places.includes(broadcast.placement)) return;
        setSaid({
          text: announcementOf(broadcast, words.current),
          urgent: levelOf(broadcast.message_type) === "alert",
        });
      }),
    [client, places],
  );
  useEffect(() => {
    if (!said.text) return;
    const timer = setTimeout(() => setSaid({ text: "", urgent: false }), ANNOUNCED_MS);
    return () => clearTimeout(timer);
  }, [said]);

  return (
    <>
      <div className="lh-sr" role="status">
        {said.urgent ? "" : said.text}
      </div>
      <div className="lh-sr" role="alert">
        {said.urgent ? said.text : ""}
      </div>
    </>
  );
}
