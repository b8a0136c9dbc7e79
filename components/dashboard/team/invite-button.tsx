"use client";

import { UserPlus } from "lucide-react";
import dynamic from "next/dynamic";
import { CreateButton, CreateFormOnItsWay } from "../create-button";

const InviteForm = dynamic(() => import("./invite-form").then((it) => it.InviteForm), {
  loading: () => <CreateFormOnItsWay />,
});

/** Makes an invitation's link, to hand over: no mail is sent. */
export function InviteButton() {
  return (
    <CreateButton
      icon={UserPlus}
      label="Invite"
      title="Invite somebody"
      description="They get a link to make an account, or to join with the one they have."
      Form={InviteForm}
      made={{
        title: "Hand over this link",
        description:
          "It works once, for 7 days, for whoever has it. Send it yourself: no mail is sent.",
        label: "Invitation link",
        done: "Done",
      }}
    />
  );
}
