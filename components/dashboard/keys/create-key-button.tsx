"use client";

import { Plus } from "lucide-react";
import dynamic from "next/dynamic";
import { CreateButton, CreateFormOnItsWay } from "../create-button";

const CreateKeyForm = dynamic(() => import("./create-key-form").then((it) => it.CreateKeyForm), {
  loading: () => <CreateFormOnItsWay />,
});

/** Makes an API key and shows it, once. */
export function CreateKeyButton() {
  return (
    <CreateButton
      icon={Plus}
      label="Create key"
      title="Create an API key"
      description="For a program that publishes, clears or reads here."
      Form={CreateKeyForm}
      made={{
        title: "Copy this key now",
        description:
          "It is shown this once. Only a fingerprint of it is kept, so nobody can look it up later.",
        label: "API key",
        done: "I have copied it",
      }}
    />
  );
}
