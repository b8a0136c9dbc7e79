"use client";
import type { CSSProperties, ReactNode } from "react";
import { DEFAULT_LABELS, type Labels } from "@/client/labels";
import type { Look, Theme } from "@/client/look";
import {
  Action,
  type BannerContent,
  BannerContextProvider,
  Dismiss,
  Frame,
  LevelIcon,
  LevelWord,
  Message,
  Snooze,
  Title,
} from "./parts";

export interface BannerViewProps {
  broadcast: BannerContent;
  /** Default `bar`. */
  look?: Look;
  /** Which edge it is drawn for. Default `top`. */
  placement?: "top" | "bottom";
  /** Default `auto`: the system's, or that of an ancestor with `data-theme`. */
  theme?: Theme;
  /** Default: the broadcast's own. */
  dir?: "ltr" | "rtl";
  labels?: Partial<Labels>;
  /** For `--lh-…` variables. */
  style?: CSSProperties;
  onDismiss?(): void;
  onFollow?(url: string): void;
}

/**
 * A banner as its users see it, standing where it is put and connected to nothing: for previews.
 * What `BroadcastBanner` shows is drawn by the same parts and the same sheet.
 */
export function BannerView(props: BannerViewProps): ReactNode {
  const { broadcast, look = "bar", placement = "top", theme, dir, labels, style } = props;
  const value = {
    broadcast: dir ? { ...broadcast, dir } : broadcast,
    labels: { ...DEFAULT_LABELS, ...labels },
    onDismiss: props.onDismiss,
    onFollow: props.onFollow,
  };
  return (
    <div
      className="lh-root"
      data-static=""
      data-look={look}
      data-placement={placement}
      data-theme={theme === "auto" ? undefined : theme}
      style={style}
    >
      <div className="lh-region">
        <BannerContextProvider value={value}>
          <Frame>
            <BannerInside />
          </Frame>
        </BannerContextProvider>
      </div>
    </div>
  );
}

interface BannerInsideProps {
  /** Seconds that its button hides the banner for. Absent: no button. */
  snooze?: number | undefined;
  /** The button for those that wait. */
  more?: ReactNode;
}

/** What stands inside the box. */
export function BannerInside({ snooze, more }: BannerInsideProps): ReactNode {
  return (
    <>
      <div className="lh-main">
        <LevelIcon />
        <div className="lh-content">
          <div className="lh-text">
            <LevelWord />
            <Title /> <Message />
          </div>
          <div className="lh-actions">
            <Action />
            {snooze && <Snooze seconds={snooze} />}
            {more}
          </div>
        </div>
      </div>
      <Dismiss />
    </>
  );
}
