"use client";

import NextLink from "next/link";
import { type ComponentProps, useState } from "react";

/**
 * A link that fetches ahead once it is pointed at or focused. By itself Next does so for every
 * link in sight, and again after each change of a live screen: ten requests for each.
 */
export function Link(props: ComponentProps<typeof NextLink>) {
  const [meant, setMeant] = useState(false);
  return (
    <NextLink
      prefetch={meant ? null : false}
      {...props}
      onPointerEnter={(event) => {
        setMeant(true);
        props.onPointerEnter?.(event);
      }}
      onFocus={(event) => {
        setMeant(true);
        props.onFocus?.(event);
      }}
    />
  );
}
