"use client";
import {
  type ComponentPropsWithoutRef,
  createContext,
  type MouseEvent,
  type ReactNode,
  type Ref,
  useContext,
  useEffect,
  useMemo,
  useRef,
} from "react";
import { ICON_PATHS, levelOf } from "@/client/icons";
import { DEFAULT_LABELS, type Labels } from "@/client/labels";
import { whenSeen } from "@/client/receipts";
import { safeUrl } from "@/core/markdown";
import type { WireBroadcast } from "@/core/protocol";
import { Markdown } from "./markdown";
import { useBannerClient } from "./provider";

/** What of a broadcast a banner draws. */
export type BannerContent = Pick<
  WireBroadcast,
  "id" | "revision" | "title" | "content" | "message_type" | "dismissible" | "action"
> &
  Partial<Pick<WireBroadcast, "locale" | "dir">>;

export interface BannerContextValue {
  broadcast: BannerContent;
  labels: Labels;
  onDismiss?(): void;
  onSnooze?(seconds: number): void;
  /** The action or a link in the text is followed. */
  onFollow?(url: string): void;
}

const BannerContext = createContext<BannerContextValue | null>(null);
export const BannerContextProvider = BannerContext.Provider;

function useBanner(): BannerContextValue {
  const value = useContext(BannerContext);
  if (!value)
    throw new Error("Title, Message, Action, Dismiss and Snooze belong inside a banner's Root.");
  return value;
}

const classes = (...names: (string | undefined)[]) => names.filter(Boolean).join(" ");

type FrameProps = ComponentPropsWithoutRef<"div"> & { box?: Ref<HTMLDivElement> };

/** The box of a banner: its language, direction and level. Draws nothing else. */
export function Frame({ className, box, ...rest }: FrameProps): ReactNode {
  const { broadcast } = useBanner();
  return (
    <div
      {...rest}
      ref={box}
      className={classes("lh-banner", className)}
      data-level={levelOf(broadcast.message_type)}
      dir={broadcast.dir}
      lang={broadcast.locale ?? undefined}
    />
  );
}

export type RootProps = ComponentPropsWithoutRef<"div"> & {
  broadcast: WireBroadcast;
  labels?: Partial<Labels>;
};

/**
 * A banner with your own markup inside: gives the parts their broadcast, dismisses and counts
 * through the nearest provider's client, and reports when it has been seen.
 */
export function Root({ broadcast, labels, ...rest }: RootProps): ReactNode {
  const client = useBannerClient();
  const box = useRef<HTMLDivElement>(null);
  const { id, revision } = broadcast;

  // biome-ignore lint/correctness/useExhaustiveDependencies: another revision is seen anew
  useEffect(() => {
    if (!client || !box.current) return;
    return whenSeen(box.current, () => client.markSeen(id));
  }, [client, id, revision]);

  const value = useMemo(
    (): BannerContextValue => ({
      broadcast,
      labels: { ...DEFAULT_LABELS, ...labels },
      onDismiss: () => client?.dismiss(id),
      onSnooze: (seconds) => client?.snooze(id, seconds),
      onFollow: (url) => client?.click(id, url),
    }),
    [broadcast, labels, client, id],
  );
  return (
    <BannerContext.Provider value={value}>
      <Frame {...rest} box={box} />
    </BannerContext.Provider>
  );
}

/** The title, where there is one. */
export function Title({ className, ...rest }: ComponentPropsWithoutRef<"strong">): ReactNode {
  const { title } = useBanner().broadcast;
  if (!title) return null;
  return (
    <strong {...rest} className={classes("lh-title", className)}>
      {title}
    </strong>
  );
}

/** The text with its formatting and links. */
export function Message({
  className,
  onClick,
  ...rest
}: ComponentPropsWithoutRef<"span">): ReactNode {
  const { broadcast, onFollow } = useBanner();
  const followed = (event: MouseEvent<HTMLSpanElement>) => {
    onClick?.(event);
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (link) onFollow?.(link.getAttribute("href") ?? "");
  };
  return (
    // biome-ignore lint/a11y: the links inside are what is clicked, by mouse or keyboard
    <span {...rest} className={classes("lh-message", className)} onClick={followed}>
      <Markdown content={broadcast.content} />
    </span>
  );
}

/** The action as a link, where there is one that may be followed ([BC4]). */
export function Action({ className, onClick, ...rest }: ComponentPropsWithoutRef<"a">): ReactNode {
  const { broadcast, onFollow } = useBanner();
  const url = broadcast.action && safeUrl(broadcast.action.url);
  if (!broadcast.action || !url) return null;
  return (
    <a
      {...rest}
      className={classes("lh-action", className)}
      href={url}
      onClick={(event) => {
        onClick?.(event);
        onFollow?.(url);
      }}
    >
      {rest.children ?? broadcast.action.label}
    </a>
  );
}

/** The button that puts the banner away, where that is allowed. */
export function Dismiss({
  className,
  onClick,
  ...rest
}: ComponentPropsWithoutRef<"button">): ReactNode {
  const { broadcast, labels, onDismiss } = useBanner();
  if (!broadcast.dismissible) return null;
  return (
    <button
      type="button"
      aria-label={rest.children ? undefined : labels.dismiss}
      {...rest}
      className={classes("lh-dismiss", className)}
      onClick={(event) => {
        onClick?.(event);
        onDismiss?.();
      }}
    >
      {rest.children ?? <Icon name="dismiss" />}
    </button>
  );
}

/**
 * The button that hides the banner for so long, where it may be put away at all.
 * @param props.seconds 60 to 2,592,000
 */
export function Snooze({
  seconds,
  className,
  onClick,
  ...rest
}: ComponentPropsWithoutRef<"button"> & { seconds: number }): ReactNode {
  const { broadcast, labels, onSnooze } = useBanner();
  if (!broadcast.dismissible) return null;
  return (
    <button
      type="button"
      {...rest}
      className={classes("lh-snooze", className)}
      onClick={(event) => {
        onClick?.(event);
        onSnooze?.(seconds);
      }}
    >
      {rest.children ?? labels.snooze}
    </button>
  );
}

/** The level's icon, for the eye; `LevelWord` says the same to a screen reader. */
export function LevelIcon(): ReactNode {
  return <Icon name={levelOf(useBanner().broadcast.message_type)} />;
}

export function LevelWord(): ReactNode {
  const { broadcast, labels } = useBanner();
  return <span className="lh-sr">{labels[levelOf(broadcast.message_type)]}: </span>;
}

function Icon({ name }: { name: keyof typeof ICON_PATHS }): ReactNode {
  return (
    <svg className="lh-icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={ICON_PATHS[name]} />
    </svg>
  );
}
