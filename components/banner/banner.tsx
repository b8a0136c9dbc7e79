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
import { levelOf } from "@/client/icons";
import { DEFAULT_LABELS, type Labels } from "@/client/labels";
import type { Look, Theme } from "@/client/look";
import type { Placement } from "@/core/broadcast";
import { BannerInside } from "./banner-view";
import { Root } from "./parts";
import { useBannerClient } from "./provider";
import { useBanners } from "./use-banners";
import { useItems } from "./use-items";

export interface BroadcastBannerProps {
  /** Default `bar`. */
  look?: Look;
  /** Only broadcasts for this place. Default: all, drawn at the top. */
  placement?: Placement;
  /** Default `auto`: the system's, or that of an ancestor with `data-theme`. */
  theme?: Theme;
  labels?: Partial<Labels>;
  className?: string;
  /** For `--lh-…` variables. */
  style?: CSSProperties;
}

const useBeforePaint = typeof document === "undefined" ? useEffect : useLayoutEffect;

/** What this page should show now: as many banners as the workspace allows, and "N more". */
export function BroadcastBanner(props: BroadcastBannerProps): ReactNode {
  const { look = "bar", placement, theme, className, style } = props;
  const labels = { ...DEFAULT_LABELS, ...props.labels };
  const { banners, stackSize, fresh } = useBanners();
  const [expanded, setExpanded] = useState(false);
  const region = useRef<HTMLDivElement>(null);

  const mine = placement ? banners.filter((banner) => banner.placement === placement) : banners;
  const shown = expanded ? mine : mine.slice(0, stackSize);
  const waiting = mine.length - stackSize;
  const items = useItems(shown);

  // biome-ignore lint/correctness/useExhaustiveDependencies: whenever the banners change
  useBeforePaint(() => {
    if (region.current) moveFocusOn(region.current);
  }, [items]);

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
      className={className ? `lh-root ${className}` : "lh-root"}
      data-look={look}
      data-placement={placement === "bottom" ? "bottom" : "top"}
      data-theme={theme === "auto" ? undefined : theme}
      style={style}
    >
      <LiveRegions placement={placement} labels={labels} />
      <div
        ref={region}
        className="lh-region"
        // Without banners it is no landmark, only a place for the focus to rest.
        {...(shown.length > 0 && { role: "region", "aria-label": labels.region })}
        tabIndex={-1}
      >
        {items.map(({ broadcast, leaving }) => (
          <div
            key={broadcast.id}
            className="lh-item"
            data-enter={fresh.includes(broadcast.id) ? "" : undefined}
            data-leave={leaving ? "" : undefined}
            aria-hidden={leaving || undefined}
          >
            <div className="lh-clip">
              <Root broadcast={broadcast} labels={labels}>
                <BannerInside more={broadcast === last && more} />
              </Root>
            </div>
          </div>
        ))}
      </div>
    </div>
  );
}

/** In the page before any text is, or screen readers would not notice it. */
function LiveRegions({ placement, labels }: { placement?: Placement; labels: Labels }): ReactNode {
  const client = useBannerClient();
  const [said, setSaid] = useState({ text: "", urgent: false });
  const words = useRef(labels);
  useBeforePaint(() => {
    words.current = labels;
  });

  useEffect(
    () =>
      client?.on("shown", ({ broadcast }) => {
        if (placement && broadcast.placement !== placement) return;
        setSaid({
          text: announcementOf(broadcast, words.current),
          urgent: levelOf(broadcast.message_type) === "alert",
        });
      }),
    [client, placement],
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
